from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        app_label = "shop"


class Order(models.Model):
    status = models.CharField(max_length=20)
    total = models.DecimalField(max_digits=9, decimal_places=2)
    note = models.TextField(default="")
    tags = models.ManyToManyField(Tag)

    class Meta:
        app_label = "shop"
