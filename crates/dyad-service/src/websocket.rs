//! WebSockets that cost little while they are silent.

use axum::extract::ws::WebSocketUpgrade;

/// Read buffer of a connection, in bytes. The library's own 128 KiB would be most of what an idle
/// device costs; a larger message grows the buffer for the moment.
const READ_BUFFER: usize = 2 * 1024;

/// Bytes written at once before the network is asked to take them.
const WRITE_BUFFER: usize = 16 * 1024;

/// An upgrade with small buffers, which takes messages up to `max_message` bytes and holds at most
/// `max_unsent` bytes for a peer that does not read.
pub fn frugal(
    upgrade: WebSocketUpgrade,
    max_message: usize,
    max_unsent: usize,
) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(max_unsent.max(2 * WRITE_BUFFER))
        .max_message_size(max_message)
        .max_frame_size(max_message)
}
