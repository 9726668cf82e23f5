# SPDX-License-Identifier: Apache-2.0
"""Attribute values of every kind: as the web application is asked for them, and as JSON."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    typed: str
    java_class: str
    json: object


VALUES = {
    "text": Value("string:na\u00efve \u20ac \U0001f600", "java.lang.String",
                  "na\u00efve \u20ac \U0001f600"),
    "count": Value("int:-7", "java.lang.Integer", -7),
    "big": Value("long:9007199254740993", "java.lang.Long", 9007199254740993),
    "ratio": Value("double:0.1", "java.lang.Double", 0.1),
    "flag": Value("boolean:true", "java.lang.Boolean", True),
    "when": Value("date:2024-02-29T12:30:00.250Z", "java.util.Date", "2024-02-29T12:30:00.250Z"),
    "raw": Value("bytes:AAH/gA==", "[B", "AAH/gA=="),
    "list": Value("list:int:1|string:two", "java.util.ArrayList", [1, "two"]),
    "map": Value("map:b=int:1|a=string:x", "java.util.LinkedHashMap", {"b": 1, "a": "x"}),
    "item": Value("item:cup/3/4.50/2024-02-29/gift", "shop.LineItem",
                  {"@class": "shop.LineItem", "article": "cup", "quantity": 3, "price": 4.5,
                   "ordered": "2024-02-29"}),
}


def set_all():
    """The steps that set all of them in one request."""
    return [("set", name, value.typed) for name, value in VALUES.items()]


def as_json():
    return {name: value.json for name, value in VALUES.items()}


def as_seen_inside():
    """What a node's own view shows of them."""
    return {name: {"class": value.java_class, "value": value.json}
            for name, value in VALUES.items()}
