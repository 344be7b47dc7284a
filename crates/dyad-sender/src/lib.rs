//! dyad-sender
