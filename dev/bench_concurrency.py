"""Salespeople write contacts and confirm orders while full and partial runs go on.

    python bench_concurrency.py CONFIG DATABASE RESULT.json SECONDS

Each salesperson is a process with transactions of its own, which it never repeats: Odoo
would, so a failure here is more than a user would see. Nobody shares a contact with another,
for Odoo itself lets only one of two writers through.
"""

import json
import multiprocessing
import random
import sys
import time
import traceback

import bench_data
import bench_worker

SALESPEOPLE = 3


def main():
    config, database, target, seconds = sys.argv[1:5]
    context = multiprocessing.get_context("spawn")
    outbox = context.Queue()
    started = context.Barrier(SALESPEOPLE + 1)
    until = context.Event()
    people = [
        context.Process(
            target=sell, args=(config, database, number, started, until, outbox), daemon=True
        )
        for number in range(SALESPEOPLE)
    ]
    for person in people:
        person.start()
    registry = bench_worker.start_odoo(config, database)
    started.wait(timeout=120)
    result = recompute(registry, float(seconds))
    until.set()
    result["sales"] = [outbox.get(timeout=120) for _person in people]
    for person in people:
        person.join(timeout=60)
    with open(target, "w") as file:
        json.dump(result, file)


def recompute(registry, seconds):
    """Full runs of all companies, and of the queue, one after the other."""
    result = {"full": 0, "partial": 0, "failures": []}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            _full_runs(registry, result)
            _partial_run(registry, result)
        except Exception:
            result["failures"].append(traceback.format_exc(limit=-3))
    return result


def _full_runs(registry, result):
    with bench_worker.environment(registry) as env:
        for company in env["res.company"].search([]):
            run = env["customer.segmentation.run"]._recompute(company, as_of=bench_worker.AS_OF)
            env.cr.commit()
            result["full"] += 1
            if run.state != "done":
                result["failures"].append(f"run {run.id} is {run.state}: {run.message}")


def _partial_run(registry, result):
    """What the scheduled action does each minute, with the benchmark's day."""
    with bench_worker.environment(registry) as env:
        partner_ids = env["customer.segmentation.queue"]._take()
        for company in env["res.company"].search([]):
            run = env["customer.segmentation.run"]._recompute(
                company, as_of=bench_worker.AS_OF, partner_ids=partner_ids
            )
            if run.state != "done":
                result["failures"].append(f"run {run.id} is {run.state}: {run.message}")
        env.cr.commit()
        result["partial"] += 1


def sell(config, database, number, started, until, outbox):
    """Write contacts and confirm orders until told to stop; tell how it went."""
    registry = bench_worker.start_odoo(config, database)
    draw = random.Random(number)
    with bench_worker.environment(registry) as env:
        user_id = env["res.users"].search([("login", "=", f"sales{number + 1}")]).id
        env.cr.execute(
            """SELECT id FROM res_partner
                WHERE customer_rank > 0 AND commercial_partner_id = id AND id %% %s = %s
                  AND company_id = (SELECT min(id) FROM res_company)
             ORDER BY md5(id::text) LIMIT 500""",
            [SALESPEOPLE, number],
        )
        partner_ids = [row[0] for row in env.cr.fetchall()]
    started.wait(timeout=120)
    result = {"transactions": 0, "failures": []}
    while not until.is_set():
        try:
            with bench_worker.environment(registry, user_id) as env:
                _sell_once(env, draw.choice(partner_ids), draw)
                env.cr.commit()
            result["transactions"] += 1
        except Exception:
            result["failures"].append(traceback.format_exc(limit=-3))
    outbox.put(result)


def _sell_once(env, partner_id, draw):
    partner = env["res.partner"].browse(partner_id)
    partner.write(
        {
            "phone": f"+1 555 {draw.randrange(10**6)}",
            "city": f"City {draw.randrange(500)}",
            "user_id": env.uid,
            "name": f"Customer, renamed {draw.randrange(10**6)}",
        }
    )
    order = env["sale.order"].create({"partner_id": partner_id})
    order.action_confirm()
    order.write({"date_order": f"{bench_data.AS_OF} 08:00:00"})


if __name__ == "__main__":
    main()
