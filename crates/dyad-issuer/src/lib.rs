//! dyad-issuer
