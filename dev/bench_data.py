"""The benchmark's companies, contacts, orders and credit notes, generated in SQL.

The same seed gives the same data on every machine. Orders are inserted by date, as in
life: those of one customer lie on many pages.
"""

SEED = 0.42
AS_OF = "2025-12-31"  # the day the benchmark is in; no order is younger
DAYS = 1096  # three years
ORDERS_PER_CONTACT = 10.5

# Runs in Odoo's shell, before there are any orders: what is few goes through the ORM.
SETUP = """
eur = env.ref("base.EUR")
eur.active = True
second = env["res.company"].create({"name": "Second Company", "currency_id": eur.id})
companies = env.company + second
env.user.company_ids = companies
for number in range(1, 11):
    env["res.users"].with_context(no_reset_password=True).create({
        "name": f"Salesperson {number}",
        "login": f"sales{number}",
        "password": f"sales{number}",
        "company_id": env.company.id,
        "company_ids": [(6, 0, companies.ids)],
        GROUPS: [(4, env.ref("sales_team.group_sale_salesman_all_leads").id)],
    })
for company in companies:
    if not env["account.journal"].search([("company_id", "=", company.id), ("type", "=", "sale")]):
        env["account.journal"].with_company(company).create({
            "name": "Sales", "code": "SALE", "type": "sale", "company_id": company.id})
    if not env["res.partner.industry"].search([], limit=1):
        env["res.partner.industry"].create([{"name": f"Industry {n}"} for n in range(20)])
env.cr.commit()
"""

_DATA = """
SET session_replication_role = replica;  -- no foreign key is checked: the data is known
SET max_parallel_workers_per_gather = 0;  -- one stream of random numbers
SET work_mem = '256MB';
SET synchronous_commit = off;
SELECT setseed(%(seed)s);
DO $$ BEGIN  -- a column of later series
    IF EXISTS (SELECT 1 FROM information_schema.columns
                WHERE table_name = 'res_partner' AND column_name = 'autopost_bills') THEN
        ALTER TABLE res_partner ALTER autopost_bills SET DEFAULT 'ask';
    END IF;
END $$;

CREATE TEMP TABLE own_company AS
SELECT id, currency_id, row_number() OVER (ORDER BY id) AS number,
       (SELECT min(id) FROM account_journal
         WHERE company_id = company.id AND type = 'sale') AS journal_id
  FROM res_company company;
CREATE TEMP TABLE salesperson AS
SELECT id, row_number() OVER (ORDER BY id) AS number FROM res_users WHERE login LIKE 'sales_%%';
CREATE TEMP TABLE industry AS
SELECT id, row_number() OVER (ORDER BY id) AS number FROM res_partner_industry;
CREATE TEMP TABLE place AS
SELECT state.id AS state_id, state.country_id, row_number() OVER (ORDER BY state.id) AS number
  FROM res_country_state state LIMIT 200;

-- Customers, 70 %% of the first company; each third has a contact that orders for it.
CREATE TEMP TABLE drawn AS
SELECT number, CASE WHEN random() < 0.7 THEN 1 ELSE 2 END AS company,
       random() AS start, random() AS ends, random() AS amount, random() AS place
  FROM generate_series(1, %(contacts)s) number;
CREATE TEMP TABLE customer AS
SELECT drawn.number,
       nextval('res_partner_id_seq')::int AS id,
       CASE WHEN drawn.number %% 3 = 0 THEN nextval('res_partner_id_seq')::int END AS child_id,
       own_company.id AS company_id,
       -- the first and last day of buying; 55 %% buy to this day
       (%(days)s * power(start, 1.5))::float8 AS first_day,
       CASE WHEN ends < 0.55 THEN %(days)s
            ELSE %(days)s * power(start, 1.5)
                + (%(days)s - %(days)s * power(start, 1.5)) * (ends - 0.55) / 0.45 END AS last_day,
       40 * power(1 - amount * 0.9999, -0.7) AS usual_amount,
       1 + floor(place * 200)::int AS place_number
  FROM drawn JOIN own_company ON own_company.number = drawn.company
 ORDER BY drawn.number;
CREATE UNIQUE INDEX ON customer (number);
ANALYZE customer;

INSERT INTO res_partner (
    id, commercial_partner_id, company_id, name, complete_name, is_company, active, type, email,
    phone, lang, user_id, industry_id, country_id, state_id, city, partner_share, customer_rank,
    supplier_rank, create_uid, create_date, write_uid, write_date)
SELECT customer.id, customer.id, customer.company_id, 'Customer ' || customer.number,
       'Customer ' || customer.number, TRUE, TRUE, 'contact',
       'info@customer' || customer.number || '.example', '+1 555 ' || customer.number, 'en_US',
       salesperson.id, industry.id, place.country_id, place.state_id,
       'City ' || customer.number %% 500, TRUE, 1, 0,
       1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
  FROM customer
  JOIN salesperson ON salesperson.number = 1 + customer.number %% 10
  JOIN industry ON industry.number = 1 + customer.number %% 20
  LEFT JOIN place ON place.number = customer.place_number
 ORDER BY customer.number;
INSERT INTO res_partner (
    id, parent_id, commercial_partner_id, company_id, name, complete_name, is_company, active,
    type, email, lang, partner_share, customer_rank, supplier_rank,
    create_uid, create_date, write_uid, write_date)
SELECT child_id, id, id, company_id, 'Buyer ' || number,
       'Customer ' || number || ', Buyer ' || number, FALSE, TRUE, 'contact',
       'buyer@customer' || number || '.example', 'en_US', TRUE, 0, 0,
       1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
  FROM customer WHERE child_id IS NOT NULL
 ORDER BY number;

-- Orders: few customers order a lot; each in its rhythm, somewhat late or early.
CREATE TEMP TABLE raw AS
SELECT 1 + floor(%(contacts)s * 0.97 * power(random(), 4))::int AS number,
       random() AS jitter, random() AS by_child, random() AS amount, random() AS currency,
       random() AS state, random() AS second, random() AS refund
  FROM generate_series(1, %(orders)s);
CREATE TEMP TABLE purchase AS
SELECT raw.*, customer.id AS customer_id, customer.child_id, customer.company_id,
       %(as_of)s::date - %(days)s
           + LEAST(first_day + (last_day - first_day)
                   * (row_number() OVER w - 1 + 0.6 * (jitter - 0.5)) / count(*) OVER (
                       PARTITION BY raw.number), %(days)s)::int
           + LEAST(second, 0.999) * interval '1 day' AS date_order,
       round((usual_amount * power(1 - amount * 0.999, -0.4))::numeric, 2) AS untaxed
  FROM raw JOIN customer ON customer.number = raw.number
WINDOW w AS (PARTITION BY raw.number ORDER BY raw.jitter);
CREATE TEMP TABLE numbered AS
SELECT purchase.*, nextval('sale_order_id_seq')::int AS id
  FROM (SELECT * FROM purchase ORDER BY date_order, customer_id) purchase;

INSERT INTO sale_order (
    id, name, company_id, partner_id, partner_invoice_id, partner_shipping_id, user_id, state,
    date_order, currency_id, currency_rate, amount_untaxed, amount_tax, amount_total,
    invoice_status, access_token, create_uid, create_date, write_uid, write_date)
SELECT numbered.id,
       'S' || lpad(numbered.id::text, 7, '0'),
       numbered.company_id,
       buyer.id, buyer.id, buyer.id,
       salesperson.id,
       CASE WHEN numbered.state < 0.94 THEN 'sale' WHEN numbered.state < 0.96 THEN 'draft'
            WHEN numbered.state < 0.97 THEN 'sent' ELSE 'cancel' END,
       numbered.date_order,
       CASE WHEN numbered.currency < 0.8 THEN own.currency_id ELSE foreign_currency.currency_id END,
       -- units of the order's currency for one of the company's, on that day
       CASE WHEN numbered.currency < 0.8 THEN 1
            ELSE round((0.9 + 0.1 * sin(extract(doy FROM numbered.date_order) / 58))::numeric, 6)
            END,
       numbered.untaxed, round(numbered.untaxed * 0.15, 2),
       numbered.untaxed + round(numbered.untaxed * 0.15, 2),
       'to invoice', md5(numbered.id::text),
       1, numbered.date_order, 1, numbered.date_order
  FROM numbered
  JOIN own_company own ON own.id = numbered.company_id
  JOIN own_company foreign_currency ON foreign_currency.id <> own.id
  JOIN salesperson ON salesperson.number = 1 + numbered.number %% 10
 CROSS JOIN LATERAL (
       SELECT CASE WHEN numbered.child_id IS NOT NULL AND numbered.by_child < 0.3
                   THEN numbered.child_id ELSE numbered.customer_id END AS id) buyer
 ORDER BY numbered.id;

-- Credit notes: 3 %% of the orders come back, in part or whole, within two months.
INSERT INTO account_move (
    journal_id, company_id, currency_id, name, state, move_type, auto_post, date, invoice_date,
    partner_id, commercial_partner_id, amount_untaxed, amount_untaxed_signed, amount_total,
    amount_total_signed, payment_state, sequence_prefix, sequence_number,
    create_uid, create_date, write_uid, write_date)
SELECT own.journal_id, so.company_id, so.currency_id,
       'R' || lpad(so.id::text, 7, '0'), 'posted', 'out_refund', 'no', refund.day, refund.day,
       so.partner_id, numbered.customer_id, refund.amount,
       -round(refund.amount / so.currency_rate, 2), refund.amount,
       -round(refund.amount / so.currency_rate, 2), 'not_paid', 'R', so.id,
       1, refund.day, 1, refund.day
  FROM numbered
  JOIN sale_order so ON so.id = numbered.id
  JOIN own_company own ON own.id = so.company_id
 CROSS JOIN LATERAL (
       SELECT LEAST(so.date_order::date + (numbered.jitter * 60)::int, %(as_of)s::date) AS day,
              round(so.amount_untaxed * (0.2 + 0.8 * numbered.amount)::numeric, 2) AS amount
       ) refund
 WHERE so.state = 'sale' AND numbered.refund < 0.03 / 0.94
 ORDER BY refund.day, so.id;

-- Opportunities: as many as 1 %% of the orders.
INSERT INTO crm_lead (
    name, type, partner_id, company_id, user_id, active, probability, expected_revenue,
    create_uid, create_date, write_uid, write_date)
SELECT 'Opportunity ' || number, 'opportunity', id, company_id, NULL, TRUE,
       number %% 95, usual_amount * 10,
       1, %(as_of)s::date - number %% 300, 1, %(as_of)s::date - number %% 300
  FROM customer WHERE number %% 10 = 0
 ORDER BY number;
"""

# One more order for 4 % of the customers, on the day their rhythm has it. So the company's
# median interval stays what it is: nobody else's profile changes.
NEW_ORDERS = """
INSERT INTO sale_order (
    name, company_id, partner_id, partner_invoice_id, partner_shipping_id, state, date_order,
    currency_id, currency_rate, amount_untaxed, amount_tax, amount_total,
    create_uid, create_date, write_uid, write_date)
SELECT 'N' || %(offset)s || '-' || profile.partner_id, profile.company_id, profile.partner_id,
       profile.partner_id, profile.partner_id, 'sale', due.day + interval '6 hours',
       company.currency_id, 1, 500, 75, 575, 1, now() AT TIME ZONE 'UTC', 1,
       now() AT TIME ZONE 'UTC'
  FROM customer_segmentation_profile profile
  JOIN res_company company ON company.id = profile.company_id
 CROSS JOIN LATERAL (
       SELECT last_order_date + (last_order_date - first_order_date) / (order_day_count - 1) AS day
        WHERE order_day_count > 1) due
 WHERE due.day <= %(as_of)s AND profile.partner_id %% 5 = %(offset)s
 ORDER BY md5(profile.id::text)
 LIMIT (SELECT count(*) / 25 FROM customer_segmentation_profile)
"""


def generate(server, database, orders):
    """Fill ``database``, which has what SETUP makes, with ``orders`` orders."""
    literals = {
        "seed": SEED,
        "as_of": f"'{AS_OF}'",
        "days": DAYS,
        "orders": int(orders),
        "contacts": int(orders / ORDERS_PER_CONTACT),
    }
    server.psql(_DATA % literals, database)
    server.psql("VACUUM (FREEZE, ANALYZE)", database)
    server.psql("CHECKPOINT", database)
