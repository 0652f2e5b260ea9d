"""The run's work as bare SQL, written by hand: what the benchmark's ratios refer to.

One statement makes measures, scores and segments of one company with the addon's default
rules; the worker proves that it yields the very rows of the run. %(…)s are values, the
company's criteria among them.
"""

# Columns of the profile which the run writes, in the order of the statement.
COLUMNS = (
    "partner_id", "company_id", "active", "user_id", "industry_id", "country_id", "state_id",
    "first_order_date", "last_order_date", "won_back_date", "due_date", "order_count",
    "order_day_count", "order_count_12m", "net_sales", "sales_12m", "net_sales_12m",
    "net_sales_prev_12m", "has_trend", "trend_ratio", "average_order", "refund_ratio",
    "order_interval_days", "usual_sales", "usual_sales_until", "open_quotation_count",
    "open_opportunity_count",
    "opportunity_probability", "recency_score", "frequency_score", "monetary_score",
    "rfm_segment_id", "rfm8_segment_id", "value_segment_id", "frequency_amount_segment_id",
    "lifecycle_segment_id", "trend_segment_id", "stage_segment_id", "satisfaction_segment_id",
)

QUERY = """
WITH fact AS (
    SELECT contact.commercial_partner_id AS partner_id,
           (so.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS date,
           CASE WHEN so.state <> 'sale' THEN 3 WHEN so.amount_untaxed < 0 THEN 2 ELSE 1 END AS kind,
           (so.amount_untaxed / COALESCE(NULLIF(so.currency_rate, 0), 1))::float8 AS amount,
           NULL::float8 AS probability
      FROM sale_order so
      JOIN res_partner contact ON contact.id = so.partner_id
     WHERE so.company_id = %(company)s AND so.state IN ('sale', 'draft', 'sent')
 UNION ALL
    SELECT contact.commercial_partner_id, move.invoice_date, 2,
           move.amount_untaxed_signed::float8, NULL
      FROM account_move move
      JOIN res_partner contact ON contact.id = move.partner_id
     WHERE move.company_id = %(company)s AND move.state = 'posted'
       AND move.move_type = 'out_refund'
       AND COALESCE(
               (SELECT bool_or(sold.state = 'sale')
                  FROM account_move_line line
                  JOIN sale_order_line_invoice_rel ordered ON ordered.invoice_line_id = line.id
                  JOIN sale_order_line sold ON sold.id = ordered.order_line_id
                 WHERE line.move_id IN (move.id, move.reversed_entry_id)),
               move.reversed_entry_id IS NULL
               AND EXISTS (SELECT 1
                             FROM res_partner buyer
                             JOIN sale_order so ON so.partner_id = buyer.id
                            WHERE buyer.commercial_partner_id = contact.commercial_partner_id
                              AND so.company_id = move.company_id
                              AND so.state = 'sale' AND so.amount_untaxed >= 0
                              AND (so.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date
                                  <= move.invoice_date))
 UNION ALL
    SELECT contact.commercial_partner_id,
           (lead.create_date AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date, 4,
           lead.expected_revenue::float8, lead.probability
      FROM crm_lead lead
      JOIN res_partner contact ON contact.id = lead.partner_id
     WHERE lead.company_id = %(company)s AND lead.active AND COALESCE(lead.probability, 0) < 100
), day AS (
    SELECT partner_id, date,
           count(*) FILTER (WHERE kind = 1) AS orders,
           count(*) FILTER (WHERE kind = 1 AND amount > 0) AS paid_orders,
           sum(amount) FILTER (WHERE kind = 1) AS sales,
           sum(amount) FILTER (WHERE kind = 2) AS refunds,
           count(*) FILTER (WHERE kind = 3) AS quotations,
           count(*) FILTER (WHERE kind = 4) AS opportunities,
           max(probability) AS probability
      FROM fact
  GROUP BY partner_id, date
), rhythm AS (
    SELECT day.*,
           min(date) FILTER (WHERE sales > 0) OVER earlier AS first_before,
           max(date) FILTER (WHERE sales > 0) OVER earlier AS day_before,
           count(*) FILTER (WHERE sales > 0) OVER earlier AS days_before
      FROM day
    WINDOW earlier AS (PARTITION BY partner_id ORDER BY date
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), total AS (
    SELECT partner_id,
           min(date) FILTER (WHERE sales > 0) AS first_day,
           max(date) FILTER (WHERE sales > 0) AS last_day,
           count(*) FILTER (WHERE sales > 0) AS days,
           min(date) FILTER (WHERE orders > 0) AS first_order,
           max(date) FILTER (WHERE orders > 0) AS last_order,
           sum(orders) AS orders,
           sum(orders) FILTER (WHERE date > %(start)s) AS orders_12m,
           sum(paid_orders) FILTER (WHERE date > %(start)s) AS paid_orders_12m,
           sum(sales) AS sales,
           sum(refunds) AS refunds,
           sum(sales) FILTER (WHERE date > %(start)s) AS sales_12m,
           sum(refunds) FILTER (WHERE date > %(start)s) AS refunds_12m,
           sum(sales) FILTER (WHERE date > %(previous_start)s AND date <= %(start)s) AS sales_prev,
           sum(refunds) FILTER (WHERE date > %(previous_start)s AND date <= %(start)s)
               AS refunds_prev,
           sum(COALESCE(sales, 0) + COALESCE(refunds, 0)) FILTER (WHERE date > last_window_start)
               AS to_last,
           sum(quotations) AS quotations,
           sum(opportunities) AS opportunities,
           max(probability) AS probability,
           array_agg(ROW(date, date - day_before, day_before - first_before, days_before)) FILTER (
               WHERE date > %(start)s AND sales > 0
                 AND CASE WHEN days_before >= 3
                          THEN date - day_before >= 90
                           AND date - day_before
                               > 4.0 * (day_before - first_before) / (days_before + 1)
                            OR date - day_before > 730
                          ELSE date - day_before > 365 END) AS silences
      FROM (
           SELECT rhythm.*,
                  (max(date) FILTER (WHERE sales > 0) OVER (PARTITION BY partner_id)
                   - make_interval(months => %(window_months)s))::date AS last_window_start
             FROM rhythm
            WHERE date <= %(as_of)s
           ) rhythm
  GROUP BY partner_id
), customer AS (
    SELECT contact.id, contact.user_id, contact.industry_id, contact.country_id, contact.state_id,
           total.*,
           round(COALESCE(sales, 0)::numeric, 2) AS gross,
           round(COALESCE(sales_12m, 0)::numeric, 2) AS gross_12m,
           round((COALESCE(sales, 0) + COALESCE(refunds, 0))::numeric, 2) AS net,
           round((COALESCE(sales_12m, 0) + COALESCE(refunds_12m, 0))::numeric, 2) AS net_12m,
           round((COALESCE(sales_prev, 0) + COALESCE(refunds_prev, 0))::numeric, 2) AS net_prev,
           round(COALESCE(to_last, 0)::numeric, 2) AS net_to_last
      FROM res_partner contact
 LEFT JOIN total ON total.partner_id = contact.id
     WHERE contact.active AND contact.commercial_partner_id = contact.id
       AND (total.partner_id IS NOT NULL
            OR (COALESCE(contact.company_id, %(company)s) = %(company)s
                AND COALESCE(contact.partner_share, TRUE)
                AND NOT (COALESCE(contact.supplier_rank, 0) > 0
                         AND COALESCE(contact.customer_rank, 0) = 0)
                AND contact.id NOT IN (SELECT partner_id FROM res_company)))
), median AS (
    SELECT COALESCE(round(percentile_cont(0.5) WITHIN GROUP (
               ORDER BY (last_day - first_day)::float8 / (days - 1))), 30) AS days
      FROM customer WHERE days > 1
), measure AS MATERIALIZED (
    SELECT customer.*,
           COALESCE(orders, 0)::int AS order_count,
           COALESCE(customer.days, 0)::int AS order_day_count,
           COALESCE(orders_12m, 0)::int AS order_count_12m,
           round(gross_12m / COALESCE(NULLIF(paid_orders_12m, 0), NULLIF(orders_12m, 0)), 2)
               AS average_order,
           COALESCE(COALESCE(first_day, first_order) <= %(previous_start)s::date + 1
                    AND net_prev > 0, FALSE) AS has_trend,
           CASE WHEN COALESCE(first_day, first_order) <= %(previous_start)s::date + 1
                 AND net_prev > 0 THEN (net_12m / net_prev - 1)::float8 END AS trend_ratio,
           COALESCE(first_day, first_order) AS first_date,
           COALESCE(last_day, last_order) AS last_date,
           CASE WHEN silences IS NOT NULL THEN (
               SELECT max(silence.date)
                 FROM unnest(silences) silence (date date, days int, span int, days_before bigint)
                WHERE silence.days_before < 3
                   OR silence.days > 730
                   OR silence.days
                      > round((4.0 * (silence.span + 2 * median.days)
                               / (silence.days_before + 1))::numeric, 6)
               ) END AS won_back_date,
           CASE WHEN orders > 0
                THEN (COALESCE(last_day - first_day, 0) + 2 * median.days)
                     / (GREATEST(customer.days - 1, 0) + 2) END AS interval_days
      FROM customer, median
), population AS (
    SELECT %(as_of)s
           - floor(percentile_cont(0.5) WITHIN GROUP (ORDER BY %(as_of)s - last_date))::int
               AS recency,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY order_count_12m) AS frequency,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY net_12m) AS monetary
      FROM measure WHERE net_12m > 0
), amount AS (
    SELECT net_12m, sum(net_12m) AS tied FROM measure WHERE net_12m > 0 GROUP BY net_12m
), curve AS (
    SELECT net_12m, sum(tied) OVER (ORDER BY net_12m DESC) - tied AS before,
           sum(tied) OVER () AS total
      FROM amount
), share AS (
    SELECT min(net_12m) FILTER (WHERE 100 * before < 70 * total) AS a,
           min(net_12m) FILTER (WHERE 100 * before < 90 * total) AS b
      FROM curve
), scored AS (
    SELECT measure.*,
           CASE WHEN order_count > 0 THEN
               CASE WHEN last_date >= %(as_of)s - %(recency_days_5)s THEN 5
                    WHEN last_date >= %(as_of)s - %(recency_days_4)s THEN 4
                    WHEN last_date >= %(as_of)s - %(recency_days_3)s THEN 3
                    WHEN last_date >= %(as_of)s - %(recency_days_2)s THEN 2
                    ELSE 1 END END AS r,
           CASE WHEN order_count > 0 THEN
               CASE WHEN order_count_12m >= %(frequency_5)s THEN 5
                    WHEN order_count_12m >= %(frequency_4)s THEN 4
                    WHEN order_count_12m >= %(frequency_3)s THEN 3
                    WHEN order_count_12m >= %(frequency_2)s THEN 2
                    ELSE 1 END END AS f,
           CASE WHEN order_count > 0 THEN
               CASE WHEN net_12m <= 0 THEN 1 WHEN net_12m >= %(monetary_5)s THEN 5
                    WHEN net_12m >= %(monetary_4)s THEN 4 WHEN net_12m >= %(monetary_3)s THEN 3
                    WHEN net_12m >= %(monetary_2)s THEN 2 ELSE 1 END END AS m,
           last_date >= population.recency AS r_high,
           order_count_12m > population.frequency AS f_high,
           net_12m > population.monetary AS m_high,
           order_count_12m > %(frequency_limit)s AS often,
           average_order > %(average_order_limit)s AS large,
           %(as_of)s - last_date AS silent_days,
           share.a, share.b
      FROM measure, population, share
), lived AS (
    SELECT scored.*,
           CASE WHEN order_count = 0 THEN %(lifecycle_prospect)s
                WHEN won_back_date >= %(as_of)s - 90 THEN %(lifecycle_won_back)s
                WHEN first_date >= %(as_of)s - 90 THEN %(lifecycle_new)s
                WHEN CASE WHEN order_day_count >= 3
                          THEN silent_days > 4 * interval_days AND silent_days >= 90
                            OR silent_days > 730
                          ELSE silent_days > 365 END THEN %(lifecycle_lost)s
                WHEN CASE WHEN order_day_count >= 3
                          THEN silent_days > 3 * interval_days AND silent_days >= 60
                            OR silent_days > 545
                          ELSE silent_days > 180 END THEN %(lifecycle_dormant)s
                WHEN CASE WHEN order_day_count >= 3
                          THEN silent_days > 2 * interval_days AND silent_days >= 30
                            OR silent_days > 365
                          ELSE silent_days > 90 END THEN %(lifecycle_at_risk)s
                ELSE %(lifecycle_active)s END AS lifecycle
      FROM scored
)
SELECT id, %(company)s, TRUE, user_id, industry_id, country_id, state_id, first_date, last_date,
       won_back_date, last_date + round(interval_days)::int, order_count, order_day_count,
       order_count_12m, net, gross_12m, net_12m, net_prev, has_trend, trend_ratio, average_order,
       ((gross - net) / NULLIF(GREATEST(gross, 0), 0))::float8, interval_days,
       CASE WHEN net_12m > 0 THEN net_12m ELSE GREATEST(net_to_last, 0) END,
       CASE WHEN net_12m <= 0 THEN last_date END,
       COALESCE(quotations, 0)::int, COALESCE(opportunities, 0)::int, probability, r, f, m,
       CASE WHEN r = 5 AND f >= 4 THEN %(rfm_champions)s
            WHEN r IN (3, 4) AND f >= 4 THEN %(rfm_loyal)s
            WHEN r >= 4 AND f IN (2, 3) THEN %(rfm_potential_loyalists)s
            WHEN r = 5 AND f = 1 THEN %(rfm_new)s
            WHEN r = 4 AND f = 1 THEN %(rfm_promising)s
            WHEN r = 3 AND f = 3 THEN %(rfm_need_attention)s
            WHEN r = 3 AND f <= 2 THEN %(rfm_about_to_sleep)s
            WHEN r <= 2 AND f IN (3, 4) THEN %(rfm_at_risk)s
            WHEN r <= 2 AND f = 5 THEN %(rfm_cant_lose)s
            WHEN r <= 2 AND f <= 2 THEN %(rfm_hibernating)s
            ELSE %(rfm_prospects)s END,
       CASE WHEN order_count = 0 THEN %(rfm8_never_bought)s
            WHEN r_high AND f_high AND m_high THEN %(rfm8_important_value)s
            WHEN f_high AND m_high THEN %(rfm8_important_keep)s
            WHEN r_high AND m_high THEN %(rfm8_important_develop)s
            WHEN m_high THEN %(rfm8_important_win_back)s
            WHEN r_high AND f_high THEN %(rfm8_general_value)s
            WHEN f_high THEN %(rfm8_general_keep)s
            WHEN r_high THEN %(rfm8_general_develop)s
            ELSE %(rfm8_general_win_back)s END,
       CASE WHEN net_12m >= a THEN %(value_a)s WHEN net_12m >= b THEN %(value_b)s
            WHEN net_12m > 0 THEN %(value_c)s ELSE %(value_no_sales)s END,
       CASE WHEN order_count_12m = 0 THEN %(frequency_amount_no_orders)s
            WHEN large AND NOT often THEN %(frequency_amount_high_low)s
            WHEN large THEN %(frequency_amount_high_high)s
            WHEN often THEN %(frequency_amount_low_high)s
            ELSE %(frequency_amount_low_low)s END,
       lifecycle,
       CASE WHEN lifecycle IN (%(lifecycle_dormant)s, %(lifecycle_lost)s) THEN %(trend_none)s
            WHEN has_trend AND trend_ratio >= 0.2 THEN %(trend_rising)s
            WHEN has_trend AND trend_ratio <= -0.2 THEN %(trend_falling)s
            WHEN has_trend THEN %(trend_stable)s
            WHEN net_12m > 0 THEN %(trend_new)s ELSE %(trend_none)s END,
       CASE WHEN order_count > 0 THEN %(stage_customer)s
            WHEN quotations > 0 OR (opportunities > 0 AND probability >= 50)
            THEN %(stage_strong_interest)s
            WHEN opportunities > 0 THEN %(stage_first_interest)s
            ELSE %(stage_potential)s END,
       %(satisfaction_unknown)s::int
  FROM lived
"""

# The profile's twin: the same columns, indexes and foreign keys, for the bare SQL to write.
MAKE_TWIN = """
DROP TABLE IF EXISTS bench_twin;
CREATE TABLE bench_twin (LIKE customer_segmentation_profile INCLUDING ALL);
DO $$
DECLARE foreign_key record;
BEGIN
    FOR foreign_key IN
        SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
         WHERE conrelid = 'customer_segmentation_profile'::regclass AND contype = 'f'
    LOOP
        EXECUTE format('ALTER TABLE bench_twin ADD CONSTRAINT %I %s',
                       'bench_' || foreign_key.conname, foreign_key.definition);
    END LOOP;
END $$;
"""
DROP_FOREIGN_KEYS = """
DO $$
DECLARE foreign_key record;
BEGIN
    FOR foreign_key IN
        SELECT conname FROM pg_constraint
         WHERE conrelid = 'bench_twin'::regclass AND contype = 'f'
    LOOP
        EXECUTE format('ALTER TABLE bench_twin DROP CONSTRAINT %I', foreign_key.conname);
    END LOOP;
END $$;
"""

_NAMES = ", ".join(COLUMNS)
SETTINGS = "SET LOCAL jit = off; SET LOCAL work_mem = '64MB'"
T = f"CREATE TEMP TABLE bench_result ({_NAMES}) ON COMMIT DROP AS {QUERY}"
U = f"""
UPDATE bench_twin twin
   SET ({_NAMES}, as_of, write_date) = ({", ".join(f"new.{name}" for name in COLUMNS)},
                                        %(as_of)s, now() AT TIME ZONE 'UTC')
  FROM bench_result new
 WHERE twin.partner_id = new.partner_id AND twin.company_id = new.company_id
   AND ({", ".join(f"twin.{name}" for name in COLUMNS)})
       IS DISTINCT FROM ({", ".join(f"new.{name}" for name in COLUMNS)})
"""
I = f"""
INSERT INTO bench_twin ({_NAMES}, satisfaction_count, as_of, create_uid, create_date, write_uid,
                        write_date)
SELECT result.*, 0, %(as_of)s, 1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
  FROM ({QUERY}) result
"""  # noqa: E741
DIFFERENT = f"""
SELECT count(*)
  FROM customer_segmentation_profile profile
  FULL JOIN bench_twin twin
    ON twin.partner_id = profile.partner_id AND twin.company_id = profile.company_id
 WHERE ({", ".join(f"profile.{name}" for name in COLUMNS)})
       IS DISTINCT FROM ({", ".join(f"twin.{name}" for name in COLUMNS)})
"""
