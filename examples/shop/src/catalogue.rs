//! What the shop sells, and the orders it took.
//!
//! Invariant: an order that was taken names a product there is; only the last orders are kept. Deliberately not here:
//! keeping anything across a restart.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

const ORDERS_KEPT: usize = 1_000;
const QUANTITY_MAX: u32 = 100;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    pub id: u32,
    pub name: String,
    pub price_cents: u32,
}

pub fn products() -> Vec<Product> {
    [
        ("Sea chart of the estuary", 2_450),
        ("Tide table, a year", 1_290),
        ("Brass barometer", 8_900),
        ("Mooring rope, 20 m", 3_780),
        ("Storm lantern", 4_500),
        ("Oilskin jacket", 12_900),
        ("Fog horn", 2_150),
        ("Tea for the night watch", 690),
    ]
    .into_iter()
    .zip(1..)
    .map(|((name, price_cents), id)| Product { id, name: name.to_owned(), price_cents })
    .collect()
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    pub product: u32,
    pub quantity: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Order {
    pub id: u64,
    pub product: u32,
    pub quantity: u32,
    pub total_cents: u64,
}

#[derive(Debug, Default)]
pub struct OrderBook {
    taken: u64,
    last: VecDeque<Order>,
}

impl OrderBook {
    pub fn take(&mut self, wish: Wish, products: &[Product]) -> Result<Order, String> {
        let Some(product) = products.iter().find(|product| product.id == wish.product) else {
            return Err(format!("there is no product {}", wish.product));
        };
        if !(1..=QUANTITY_MAX).contains(&wish.quantity) {
            return Err(format!("a quantity is from 1 to {QUANTITY_MAX}"));
        }
        self.taken += 1;
        let order = Order {
            id: self.taken,
            product: wish.product,
            quantity: wish.quantity,
            total_cents: u64::from(product.price_cents) * u64::from(wish.quantity),
        };
        if self.last.len() == ORDERS_KEPT {
            self.last.pop_front();
        }
        self.last.push_back(order.clone());
        Ok(order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_names_a_product_and_a_quantity_there_is() {
        let (products, mut book) = (products(), OrderBook::default());
        let wish = |product, quantity| Wish { product, quantity };
        assert_eq!(book.take(wish(2, 3), &products).unwrap().total_cents, 3_870);
        assert_eq!(book.take(wish(2, 1), &products).unwrap().id, 2);
        for wrong in [wish(99, 1), wish(1, 0), wish(1, 101)] {
            assert!(book.take(wrong, &products).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn only_the_last_orders_are_kept() {
        let (products, mut book) = (products(), OrderBook::default());
        for _ in 0..ORDERS_KEPT + 5 {
            book.take(Wish { product: 1, quantity: 1 }, &products).unwrap();
        }
        assert_eq!(book.last.len(), ORDERS_KEPT);
        assert_eq!(book.last.front().unwrap().id, 6);
    }
}
