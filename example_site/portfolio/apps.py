from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "example_site.portfolio"
