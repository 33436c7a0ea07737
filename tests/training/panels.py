"""A small made-up panel with every kind of column and of trouble: gaps in prices, short series, zeros, holidays."""

from __future__ import annotations

import numpy as np

from training.panel import Panel

STORES = ("east", "west")
ITEMS = ("apple", "bread", "candle", "drill")
EVENTS = (("Easter", "Religious"), ("Sale", "Own"), ("Xmas", "Religious"))
FUTURE = 28


def make_panel(days: int = 480, seed: int = 0, future: int = FUTURE) -> Panel:
    """Eight series: item 2 sells rarely, item 3 starts late (in one store after the last origin's history began)."""
    random = np.random.default_rng(seed)
    n, total = len(STORES) * len(ITEMS), days + future
    weekday = 1 + 0.5 * np.sin(2 * np.pi * np.arange(total) / 7)
    level = np.tile([20.0, 6.0, 0.15, 4.0], len(STORES))[:, None]
    price = np.round(random.uniform(1, 9, (n, 1)) * random.choice([1.0, 1.0, 0.8], (n, total // 7 + 1)), 2)
    price = np.repeat(price, 7, axis=1)[:, :total].astype(np.float32)
    promo = (random.random((n, total)) < 0.08).astype(np.float32)
    sales = random.poisson(level * weekday * (1 + 0.8 * promo)).astype(np.float32)
    start = np.zeros(n, int)
    start[3], start[7] = days - 100, days - 9
    on_sale = np.arange(total) >= start[:, None]
    sales[~on_sale] = np.nan
    sales[:, days:] = np.nan
    price[~on_sale] = np.nan
    price[1, 100:160] = np.nan
    price[5, days + 3 :] = np.nan
    events = np.zeros((len(STORES), total), np.int16)
    events[:, random.choice(total, total // 40, replace=False)] = random.integers(1, len(EVENTS) + 1, total // 40)
    events[1, ::50] = 2
    known = random.normal(size=(n, total)).astype(np.float32)
    known[2, 5:9] = np.nan
    payday = np.tile((np.arange(total) % 15 == 3).astype(np.float32), (n, 1))
    payday[4:, 40:44] = np.nan
    return Panel(
        store_ids=tuple(np.repeat(STORES, len(ITEMS)).tolist()),
        item_ids=ITEMS * len(STORES),
        statics={
            "dept_id": ("food_1", "food_2", "home_1", "home_1") * len(STORES),
            "cat_id": ("food", "food", "home", "home") * len(STORES),
            "state_id": ("",) * n,
        },
        dates=np.datetime64("2023-03-06") + np.arange(total),
        origin=days,
        sales=sales,
        price=price,
        promo=promo,
        on_sale=on_sale,
        event_names=tuple(name for name, _ in EVENTS),
        event_types=tuple(kind for _, kind in EVENTS),
        events=events,
        stores=STORES,
        store_index=np.repeat(np.arange(len(STORES)), len(ITEMS)).astype(np.int32),
        known={"known_payday": payday, "known_weather": known},
        fingerprint=f"made-up-{days}-{seed}",
    )
