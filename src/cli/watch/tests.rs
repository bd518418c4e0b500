//! Pages of `watch` as terminals of several sizes show them.
