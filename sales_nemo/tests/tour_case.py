from odoo.tests import HttpCase

# Seconds of a whole tour: only what hangs takes as long.
PATIENCE = 1800


class TourCase(HttpCase):
    """Tours, which a slow machine doesn't fail."""

    def start_tour(self, url_path, tour_name, **options):
        return super().start_tour(
            url_path, tour_name, **{"timeout": PATIENCE} | options
        )
