//! dyad-receiver
