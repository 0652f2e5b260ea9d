"""How many statements something costs, for tests of what must not grow."""

from odoo.tests import TransactionCase


class CountingCase(TransactionCase):
    def statements(self, function):
        """How many statements ``function`` executes, with cold caches."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before
