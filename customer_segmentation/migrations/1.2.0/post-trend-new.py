"""Two segments were named New, of the lifecycle and of the trend: the trend's are New Sales."""

SHIPPED_CHINESE = "新增"


def migrate(cr, version):
    """Rename the shipped segment where nobody has; other languages follow with the terms.

    In SQL: it is no change of the standards, and no version of them is to be taken.
    """
    cr.execute(
        """
        UPDATE customer_segmentation_segment segment
           SET name = '{"en_US": "New Sales"}'
          FROM ir_model_data data
         WHERE data.module = 'customer_segmentation'
           AND data.name = 'segment_trend_new'
           AND data.model = 'customer.segmentation.segment'
           AND segment.id = data.res_id
           AND segment.name ->> 'en_US' = 'New'
           AND COALESCE(segment.name ->> 'zh_CN', %(chinese)s) IN ('New', %(chinese)s)
        """,
        {"chinese": SHIPPED_CHINESE},
    )
