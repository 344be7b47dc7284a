//! dyad-testkit
