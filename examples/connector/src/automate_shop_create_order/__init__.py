"""shop.create_order: creates one object in the other system, once."""

from automate_shop_create_order.connector import CreateOrder

__all__ = ["CreateOrder"]
