"""Products and their configuration."""

from __future__ import annotations

from typing import Any

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.api.wire import to_json
from devkit.cloud.store.schema import PRODUCTS, ProductRow

JSON = Any


def get_products(call: Call) -> Answer:
    """Return one row per product id and one per device id, doubles kept; unknown ids are left out.

    Source: docs/reference/app-api.yaml actions.AppGetProducts.
    """
    wanted = list(call.params["ProductIds"])
    wanted += [device_id.partition("/")[0] for device_id in call.params.get("DeviceIds", [])]
    found = (call.tx.get(PRODUCTS, product_id) for product_id in wanted)
    return {"Products": [product_view(call, row) for row in found if row]}


def product_view(call: Call, row: ProductRow) -> dict[str, JSON]:
    """Return structures.Product."""
    return {
        "ProductId": row["product_id"],
        "Name": row["name"],
        "Description": row["description"],
        "State": "",
        "DataTemplate": call.emulator.model(call.tx, row["product_id"]).data_template(row["product_id"]),
        "AppTemplate": "",
        "NetType": row["net_type"],
        "CategoryId": row["category_id"],
        "ProductType": row["product_type"],
        "Services": row["services"],
        "IconUrl": row["icon_url"],
        "UpdateTime": row["updated"] // 1000,
    }


def get_products_config(call: Call) -> Answer:
    """Return the panel and Bluetooth configuration of products, each as a JSON text.

    Source: docs/reference/protocol.md section 5.2 AppGetProductsConfig.
    """
    found = (call.tx.get(PRODUCTS, product_id) for product_id in call.params["ProductIds"])
    return {
        "Data": [{"ProductId": row["product_id"], "Config": to_json(row["config"])} for row in found if row]
    }


def get_category_panel(call: Call) -> Answer:
    """Return the standard panel of a category; the emulator has none.

    Source: docs/reference/protocol.md section 5.2 AppGetCategoryPanelInfoById; answer unverified.
    """
    return {"Data": {"CategoryId": call.number("CategoryId"), "PanelInfo": ""}}


def describe_h5_to_mp(call: Call) -> Answer:
    """Return whether a panel may open another mini program; here every one may.

    Source: docs/reference/protocol.md section 5.3 navigateToMiniprogram; answer unverified.
    """
    return {"Data": {"MpAppId": call.text("MpAppId"), "Enable": 1}}


ACTIONS = {
    "AppGetProducts": get_products,
    "AppGetProductsConfig": get_products_config,
    "AppGetCategoryPanelInfoById": get_category_panel,
    "AppDescribeH5ToMpConfig": describe_h5_to_mp,
}
