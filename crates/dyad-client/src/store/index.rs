//! Whose a fetched message is: recipient address to relationship or invitation.

use dyad_protocol::id::{AddressId, RelationshipId};
use rusqlite::{Connection, OptionalExtension, params};

use super::row::some_bytes;
use crate::error::Result;

/// To whom an address of ours was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A contact.
    Relationship(RelationshipId),
    /// Whoever answers an invitation.
    Invitation(RelationshipId),
}

pub(crate) fn register(connection: &Connection, address: &AddressId, owner: Owner) -> Result<()> {
    let (relationship, invitation) = match owner {
        Owner::Relationship(id) => (Some(id), None),
        Owner::Invitation(id) => (None, Some(id)),
    };
    connection.execute(
        "INSERT OR REPLACE INTO addresses VALUES (?1, ?2, ?3)",
        params![
            address.as_bytes(),
            relationship.as_ref().map(RelationshipId::as_bytes),
            invitation.as_ref().map(RelationshipId::as_bytes)
        ],
    )?;
    Ok(())
}

pub(crate) fn unregister(connection: &Connection, address: &AddressId) -> Result<()> {
    connection.execute(
        "DELETE FROM addresses WHERE address = ?1",
        [address.as_bytes()],
    )?;
    Ok(())
}

pub(crate) fn owner(connection: &Connection, address: &AddressId) -> Result<Option<Owner>> {
    let found = connection
        .query_row(
            "SELECT relationship, invitation FROM addresses WHERE address = ?1",
            [address.as_bytes()],
            |row| {
                let relationship = some_bytes(row, 0, RelationshipId::from_slice)?;
                let invitation = some_bytes(row, 1, RelationshipId::from_slice)?;
                Ok(relationship
                    .map(Owner::Relationship)
                    .or(invitation.map(Owner::Invitation)))
            },
        )
        .optional()?;
    Ok(found.flatten())
}
