"""Sales and segments that the tests of the dimensions share."""

from common import SegmentationCase, days_ago


class SegmentCase(SegmentationCase):
    def segments(self, partners, dimension):
        return [self.segment_of(partner, dimension) for partner in partners]

    def sell(self, *amounts, days=10):
        """A new customer for each amount; the amount below 0 is a refund without order."""
        partners = self.customers(len(amounts))
        for partner, amount in zip(partners, amounts, strict=True):
            if amount < 0:
                self.refund(partner, days_ago(days), -amount)
            else:
                self.orders(partner, days, amount=amount)
        return partners
