//! dyad-client
