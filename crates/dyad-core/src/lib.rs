//! dyad-core
