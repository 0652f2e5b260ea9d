"""Sales and segments that the tests of the dimensions share."""

from common import SegmentationCase


class SegmentCase(SegmentationCase):
    def segments(self, partners, dimension):
        return [self.segment_of(partner, dimension) for partner in partners]

    def sell(self, *amounts, days=10):
        """A new customer for each amount; one below 0 is a negative order's."""
        partners = self.customers(len(amounts))
        for partner, amount in zip(partners, amounts, strict=True):
            self.orders(partner, days, amount=amount)
        return partners
