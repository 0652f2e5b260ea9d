from odoo import api, models


class CustomerSegmentationDemo(models.AbstractModel):
    """The demo data: a factory for drives, its customers, three years of sales.

    Called on installation with demo data only; what it needs is imported then.
    """

    _name = "customer.segmentation.demo"
    _description = "Demo Data"

    @api.model
    def _load(self):
        """Load the factory's documents, then live through the last months with the addon."""
        from .factory import Factory
        from .story import Story

        factory = Factory(self.env)
        factory.load()
        Story(factory).tell()
