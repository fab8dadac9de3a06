"""shop.create_order: makes one thing in the other system, once."""

from automate_shop_create_order.connector import CreateOrder

__all__ = ["CreateOrder"]
