//! The api: products and orders as JSON.
//!
//! Invariant: an order is answered with 201 only when it stands in the book. Deliberately not here: health, version
//! and how requests fail (`service.rs`).

use std::sync::PoisonError;

use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::catalogue::{Product, Wish};
use crate::service::{Shared, problem};

pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/products", get(list))
        .route("/products/{id}", get(show))
        .route("/orders", post(order))
}

async fn list(State(service): State<Shared>) -> Json<Vec<Product>> {
    Json(service.products.clone())
}

async fn show(State(service): State<Shared>, Path(id): Path<u32>) -> Response {
    match service.products.iter().find(|product| product.id == id) {
        Some(product) => Json(product).into_response(),
        None => problem(StatusCode::NOT_FOUND, &format!("there is no product {id}")),
    }
}

async fn order(State(service): State<Shared>, Json(wish): Json<Wish>) -> Response {
    // A panic between two lines of the book is impossible; if one ever happens, the book is still whole.
    let mut book = service.orders.lock().unwrap_or_else(PoisonError::into_inner);
    match book.take(wish, &service.products) {
        Ok(order) => (StatusCode::CREATED, Json(order)).into_response(),
        Err(wrong) => problem(StatusCode::UNPROCESSABLE_ENTITY, &wrong),
    }
}
