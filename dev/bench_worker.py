"""What is measured inside Odoo, on one database of the benchmark; run by bench.py.

    python bench_worker.py CONFIG DATABASE RESULT.json

Every figure is a list of samples; bench.py takes the medians.
"""

import datetime
import gc
import json
import random
import resource
import sys
import time
from contextlib import contextmanager

import bench_data
import bench_sql

import odoo
from odoo import SUPERUSER_ID, api

REPEATS = 5
AS_OF = datetime.date.fromisoformat(bench_data.AS_OF)
CHANGED = 100  # customers of a partial run
ENTERING = 10_000  # customers that enter a playbook at once
REPLAYED_MONTHS = 36
EXPLAINED = 25  # customers, one click each on the badges of three dimensions
# The 15 fields of the bar on the contact list: all the mixin has.
CONTACT_FIELDS = (
    "profile_id", "rfm_segment_id", "rfm8_segment_id", "value_segment_id",
    "frequency_amount_segment_id", "lifecycle_segment_id", "trend_segment_id",
    "stage_segment_id", "satisfaction_segment_id", "currency_id", "net_sales_12m",
    "order_count_12m", "last_order_date", "due_date", "trend_ratio",
)


def start_odoo(config, database):
    options = ["-c", config, "-d", database, "--no-http", "--log-level=warn"]
    odoo.tools.config.parse_config(options)
    from odoo.modules.registry import Registry

    return Registry(database)


@contextmanager
def environment(registry, user_id=SUPERUSER_ID, **context):
    """A fresh cursor and environment, as a request or a scheduled action has."""
    with registry.cursor() as cr:
        yield api.Environment(cr, user_id, context)


class Bench:
    def __init__(self, registry):
        self.registry = registry
        self.samples = {}
        self.facts = {}
        with environment(registry) as env:
            self.company_ids = env["res.company"].search([], order="id").ids
            salesperson = env["res.users"].search([("login", "=", "sales1")])
            self.user_id = salesperson.id
            self._has_twin = False

    def add(self, name, value):
        self.samples.setdefault(name, []).append(value)

    def run(self):
        """Everything in its order: the first fill needs a database without profiles."""
        # the time zone of the one company is not that of the server
        self._sql(
            "UPDATE customer_segmentation_criteria SET tz = 'Asia/Shanghai' WHERE company_id = %s",
            [self.company_ids[0]],
        )
        self.first_fills()
        self._sql("VACUUM ANALYZE customer_segmentation_profile, bench_twin", autocommit=True)
        contacts_before = self._updated_contacts()
        self.full_runs("no change", changed=False)
        self.full_runs("5 % changed", changed=True)
        self.partial_runs()
        self.facts["contacts updated"] = self._updated_contacts() - contacts_before
        self.contact_lists()
        self.groupings()
        self.what_ifs()
        self.explanations()
        self.replays()
        self.playbooks()
        with environment(self.registry) as env:
            profiles = env["customer.segmentation.profile"]
            self.facts["profiles"] = profiles.search_count([])
            self.facts["orders"] = env["sale.order"].search_count([])

    # Runs

    def first_fills(self):
        for number in range(REPEATS):
            self._sql(
                "TRUNCATE customer_segmentation_profile, customer_segmentation_history CASCADE"
            )
            self._sql("UPDATE customer_segmentation_criteria SET last_run_date = NULL")
            gc.collect()
            before = _peak_memory()
            self.add("first fill", self._full_run()[0])
            if number == 0:
                self.facts["memory MB"] = _peak_memory() - before
            self._sql(bench_sql.MAKE_TWIN)
            self.add("I", self._bare_insert())
        self._check_equal("first fill")
        self._sql(bench_sql.DROP_FOREIGN_KEYS)
        for _number in range(REPEATS):
            self._sql("TRUNCATE bench_twin")
            self.add("I without foreign keys", self._bare_insert())

    def full_runs(self, name, changed):
        """Runs and the bare SQL take turns at being the first: caches favour the second."""
        self._full_run()
        self._bare_update()
        for number in range(REPEATS):
            if changed:
                self._sql(bench_data.NEW_ORDERS, {"offset": number, "as_of": AS_OF})
            if number % 2:
                seconds, result = self._full_run()
                bare = self._bare_update()
            else:
                bare = self._bare_update()
                seconds, result = self._full_run()
            self.add(f"full run, {name}", seconds)
            self.add(f"T, {name}", bare[0])
            self.add(f"U, {name}", bare[1])
            self.add(f"T + U, {name}", sum(bare))
            for key, value in result.items():
                self.add(f"{key}, {name}", value)
        self._check_equal(name)

    def _full_run(self):
        """Recompute all companies; (seconds, what the runs say)."""
        result = {"statements": 0, "rows changed": 0, "history rows": 0}
        with environment(self.registry) as env:
            started = time.perf_counter()
            for company in env["res.company"].browse(self.company_ids):
                before = env.cr.sql_log_count
                run = env["customer.segmentation.run"]._recompute(company, as_of=AS_OF)
                if run.state != "done":
                    raise SystemExit(f"The run is {run.state}: {run.message}")
                result["statements"] += env.cr.sql_log_count - before
                result["rows changed"] += run.rows_changed
                result["history rows"] += run.history_count
                env.cr.commit()
            return time.perf_counter() - started, result

    def partial_runs(self):
        """Each time other customers, each of them with a new order: segments do change."""
        for number in range(2 * REPEATS + 1):
            partner_ids = self._take_customers(number)
            self._order_today(partner_ids, number)
            with environment(self.registry) as env:
                company = env["res.company"].browse(self.company_ids[0])
                started = time.perf_counter()
                run = env["customer.segmentation.run"]._recompute(
                    company, as_of=AS_OF, partner_ids=partner_ids
                )
                env.cr.commit()
                seconds = time.perf_counter() - started
                if run.scope != "partial" or run.rows_changed != CHANGED:
                    raise SystemExit(f"The run of {CHANGED} customers changed {run.rows_changed}.")
                if number:  # the first one only warms up
                    self.add("partial run", seconds)
                    self.add("partial history rows", run.history_count)

    def _take_customers(self, number):
        """100 customers of the first company, drawn anew each time."""
        rows = self._sql(
            """SELECT id FROM res_partner
                WHERE company_id = %s AND commercial_partner_id = id AND customer_rank > 0
             ORDER BY md5(id::text || %s) LIMIT %s""",
            [self.company_ids[0], f"-{number}", CHANGED],
        )
        return sorted(row[0] for row in rows)

    def _order_today(self, partner_ids, number):
        self._sql(
            """INSERT INTO sale_order (
                   name, company_id, partner_id, partner_invoice_id, partner_shipping_id, state,
                   date_order, currency_id, currency_rate, amount_untaxed, amount_total)
               SELECT 'P' || %s || '-' || contact.id, contact.company_id, contact.id, contact.id,
                      contact.id, 'sale', %s::timestamp, company.currency_id, 1, 900, 900
                 FROM res_partner contact
                 JOIN res_company company ON company.id = contact.company_id
                WHERE contact.id = ANY(%s)""",
            [number, AS_OF, partner_ids],
        )

    # Bare SQL

    def _bare_insert(self):
        """I: the query's rows into an empty table like the profile's."""
        with environment(self.registry) as env:
            started = time.perf_counter()
            for values in self._values(env):
                env.cr.execute(bench_sql.SETTINGS)
                env.cr.execute(bench_sql.I, values)
                env.cr.commit()
            return time.perf_counter() - started

    def _bare_update(self):
        """T and U of all companies: (seconds, seconds)."""
        create = update = 0.0
        with environment(self.registry) as env:
            for values in self._values(env):
                started = time.perf_counter()
                env.cr.execute(bench_sql.SETTINGS)
                env.cr.execute(bench_sql.T, values)
                created = time.perf_counter()
                env.cr.execute(bench_sql.U, values)
                env.cr.commit()
                create += created - started
                update += time.perf_counter() - created
        return create, update

    def _values(self, env):
        """What the statements need of each company, and the ids of the segments."""
        segments = env["ir.model.data"].search_read(
            [("model", "=", "customer.segmentation.segment")], ["name", "res_id"]
        )
        ids = {row["name"].removeprefix("segment_"): row["res_id"] for row in segments}
        result = []
        for criteria in env["customer.segmentation.criteria"].search([], order="company_id"):
            start, previous_start = criteria._window(AS_OF)
            names = ["tz", "frequency_limit", "average_order_limit"]
            bands = ("recency_days", "frequency", "monetary")
            names += [f"{band}_{number}" for band in bands for number in (2, 3, 4, 5)]
            result.append(
                {
                    **ids,
                    **{name: criteria[name] for name in names},
                    "company": criteria.company_id.id,
                    "as_of": AS_OF,
                    "start": start,
                    "previous_start": previous_start,
                    "window_months": criteria.window_months,
                }
            )
        return result

    def _check_equal(self, when):
        """The ratios mean something only if both did the same work."""
        [[different]] = self._sql(bench_sql.DIFFERENT)
        if different:
            raise SystemExit(
                f"After {when}, {different} profiles differ from what the bare SQL made."
            )

    # Screens

    def contact_lists(self):
        """The contact list of 80, as the web client reads it, with and without our fields."""
        with environment(self.registry, self.user_id) as env:
            arch_fields = env["res.partner"].get_view(
                env.ref("base.view_partner_tree").id, "list" if _series() >= 18 else "tree"
            )["models"]["res.partner"]
        plain = {name: _specification(self.registry, name) for name in sorted(arch_fields)
                 if not name.startswith("segmentation_")}
        ours = {
            **plain,
            **{
                f"segmentation_{name}": _specification(self.registry, f"segmentation_{name}")
                for name in CONTACT_FIELDS
            },
        }
        for number in range(3 * REPEATS):
            for name, fields in (("standard", plain), ("with segments", ours)):
                seconds, statements = self._read_list(fields)
                if number > 1:
                    self.add(f"contact list, {name}", seconds)
                    self.add(f"contact list statements, {name}", statements)

    def _read_list(self, specification):
        with environment(
            self.registry, self.user_id, lang="en_US", allowed_company_ids=self.company_ids
        ) as env:
            before, started = env.cr.sql_log_count, time.perf_counter()
            env["res.partner"].web_search_read(
                [("customer_rank", ">", 0)], specification, limit=80, count_limit=10001
            )
            return time.perf_counter() - started, env.cr.sql_log_count - before

    def groupings(self):
        for _number in range(2 * REPEATS):
            self.add("group-by", self._timed_read(self._group_by))
            self.add("pivot", self._timed_read(self._pivot))

    def _timed_read(self, read):
        with environment(
            self.registry, self.user_id, lang="en_US", allowed_company_ids=self.company_ids
        ) as env:
            started = time.perf_counter()
            read(env["customer.segmentation.profile"])
            return time.perf_counter() - started

    def _group_by(self, profiles):
        """The grouped list as it opens."""
        if _series() < 19:
            profiles.web_read_group(
                [], ["net_sales_12m:sum", "order_count_12m:sum"], ["lifecycle_segment_id"], limit=80
            )
        else:
            profiles.web_read_group(
                [], ["lifecycle_segment_id"], ["net_sales_12m:sum", "order_count_12m:sum"], limit=80
            )

    def _pivot(self, profiles):
        """The four groupings of a pivot of lifecycle by value."""
        row, column = "lifecycle_segment_id", "value_segment_id"
        for groupby in ([], [row], [column], [row, column]):
            if _series() < 19:
                profiles.read_group([], ["net_sales_12m:sum"], groupby, lazy=False)
            else:
                profiles.formatted_read_group([], groupby, ["net_sales_12m:sum", "__count"])

    # Standards

    def what_ifs(self):
        """A draft with other limits and another rule, tried on all customers."""
        with environment(self.registry) as env:
            drafts = env["customer.segmentation.draft"].create(
                [{"company_id": company_id, "frequency_4": 5} for company_id in self.company_ids]
            )
            rule_of = {env.ref("customer_segmentation.segment_value_a"): 60}
            for line in drafts.line_ids.filtered(lambda line: line.segment_id in rule_of):
                line.domain = f"[('accumulated_share', '<', {rule_of[line.segment_id]})]"
            env.cr.commit()
            for number in range(REPEATS + 1):
                started = time.perf_counter()
                drafts.action_run()
                env.cr.commit()
                if number:  # the first one only warms up
                    self.add("what-if", time.perf_counter() - started)
                    self.add("full run, what-if", self._full_run()[0])
            self.facts["what-if moves"] = sum(drafts.mapped("move_count"))
            if not self.facts["what-if moves"]:
                raise SystemExit("The what-if moves nobody: it measures nothing.")

    def explanations(self):
        """One click on a badge: lifecycle, value and RFM of customers drawn at random."""
        profiles = self._sql(
            """SELECT id FROM customer_segmentation_profile
                WHERE company_id = %s AND order_count > 0 ORDER BY md5(id::text) LIMIT %s""",
            [self.company_ids[0], EXPLAINED],
        )
        columns = ("lifecycle_segment_id", "value_segment_id", "rfm_segment_id")
        for number, [profile_id] in enumerate([profiles[0], *profiles]):
            for column in columns:
                seconds, statements = self._explain(profile_id, column)
                if number:
                    self.add("why", seconds)
                    self.add("why statements", statements)

    def _explain(self, profile_id, column):
        with environment(
            self.registry, self.user_id, lang="en_US", allowed_company_ids=self.company_ids
        ) as env:
            before, started = env.cr.sql_log_count, time.perf_counter()
            env["customer.segmentation.explanation"].explain(
                "customer.segmentation.profile", profile_id, column
            )
            return time.perf_counter() - started, env.cr.sql_log_count - before

    def replays(self):
        """The past months, first written and then found unchanged; each month is committed."""
        gc.collect()
        before = _peak_memory()
        for name in ("replay", "replay again"):
            # T beside it: what else the machine does would tell in the ratio
            self.add(f"T, {name}", self._bare_update()[0])
            self.add(name, self._replay(name))
            self.add(f"T, {name}", self._bare_update()[0])
        self.facts["replay memory MB"] = _peak_memory() - before

    def _replay(self, name):
        started = time.perf_counter()
        changed = 0
        for company_id in self.company_ids:
            with environment(self.registry) as env:
                company = env["res.company"].browse(company_id)
                runs = env["customer.segmentation.run"]
                run = runs._request_replay(company, REPLAYED_MONTHS)
                runs._cron_replay()
                while run.state == "running":  # a call of the scheduled action lasts a minute
                    runs._cron_replay()
                if run.state != "done":
                    raise SystemExit(f"The replay is {run.state}: {run.message}")
                changed += run.history_count
                env.cr.commit()
        self.facts[f"rows, {name}"] = changed
        return time.perf_counter() - started

    # The database

    # Playbooks

    def playbooks(self):
        """Many customers enter a playbook in one full run: a call, then a mail, for each."""
        template = "customer_segmentation.mail_template_first_order"
        for kind in ("activity", "message"):
            for most in (ENTERING // 10, ENTERING):
                with environment(self.registry) as env:
                    run = self._enter(env, most, kind=kind, template_id=env.ref(template).id)
                    env.cr.rollback()
                for name, value in run.items():
                    how_many = "" if most == ENTERING else ", a tenth"
                    self.facts[f"{name}, {kind}{how_many}"] = value

    def _enter(self, env, most, **step):
        """Have customers of the first company meet the condition of a playbook, and run."""
        company = env["res.company"].browse(self.company_ids[0])
        company.segmentation_playbook_limit = 0
        playbook = env["customer.segmentation.playbook"].create(
            {
                "name": "Bench",
                "company_id": company.id,
                "condition": "[('partner_id.ref', '=', 'bench')]",
                "user_id": self.user_id,
                "step_ids": [(0, 0, {"summary": "Call", **step})],
            }
        )
        playbook._switch_on(company._segmentation_today())
        env.flush_all()
        env.cr.execute(
            """UPDATE res_partner SET ref = 'bench', email = 'c' || id || '@example.com',
                      email_normalized = 'c' || id || '@example.com'
                WHERE id IN (SELECT partner_id FROM customer_segmentation_profile
                              WHERE company_id = %s AND active ORDER BY partner_id LIMIT %s)""",
            [company.id, most],
        )
        env.invalidate_all()
        statements, started = env.cr.sql_log_count, time.perf_counter()
        run = env["customer.segmentation.run"]._recompute(company, as_of=AS_OF)
        env.flush_all()
        seconds = time.perf_counter() - started
        done = env["customer.segmentation.playbook.event"].search_count(
            [("playbook_id", "=", playbook.id), ("state", "=", "done")]
        )
        if run.state != "done" or not done:
            raise SystemExit(f"The playbook did {done}, the run is {run.state}: {run.message}")
        return {
            "entered": done,
            "playbook seconds": seconds,
            "playbook statements": env.cr.sql_log_count - statements,
        }

    def _sql(self, query, values=None, autocommit=False):
        with self.registry.cursor() as cr:
            if autocommit:
                cr.commit()
                cr._cnx.autocommit = True
            try:
                cr.execute(query, values)
                rows = cr.fetchall() if cr.description else []
                cr.commit()
            finally:
                if autocommit:
                    cr._cnx.autocommit = False
        return rows

    def _updated_contacts(self):
        self._sql("SELECT pg_stat_force_next_flush()")
        [[updated]] = self._sql(
            "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'res_partner'"
        )
        return updated


def _series():
    return float(odoo.release.series.removeprefix("saas~"))


def _specification(registry, name):
    """What the web client asks of a field in a list: names of the related records."""
    if name == "segmentation_currency_id":  # a hidden column
        return {"fields": {}}
    kind = registry["res.partner"]._fields[name].type
    if kind in ("many2one", "many2many", "one2many"):
        return {"fields": {"display_name": {}}}
    return {}


def _peak_memory():
    """The most memory this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    config, database, target = sys.argv[1:4]
    random.seed(1)
    bench = Bench(start_odoo(config, database))
    bench.run()
    with open(target, "w") as file:
        json.dump({"samples": bench.samples, "facts": bench.facts}, file)


if __name__ == "__main__":
    main()
