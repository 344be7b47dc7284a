//! The operating system's randomness, replaced by chance from a seed on threads that ask for it.
//!
//! Services draw tickets and jitter from the operating system, the ratchet its keys, and the standard library
//! the order of its maps. All of them do it by `getrandom`, so this crate defines that function: on a seeded
//! thread it gives the seed's bytes, on every other it asks the kernel, as libc does. Only binaries and tests of
//! this crate are linked with it in such a way that it takes effect everywhere.
#![allow(
    unsafe_code,
    reason = "a C function, called by libraries that know nothing of a simulation, can be replaced in no other way"
)]
#![allow(unreachable_pub, reason = "the linker has to see it, nobody else")]

use std::cell::RefCell;
use std::ffi::{c_uint, c_void};

use rand_chacha::ChaCha20Rng;
use rand_core::Rng;

use crate::rng::Chance;

thread_local! {
    static SEEDED: RefCell<Option<ChaCha20Rng>> = const { RefCell::new(None) };
}

/// Runs `work` on a new thread on which everything that is drawn from the operating system comes from
/// `seed`.
///
/// # Errors
/// It panicked.
pub(crate) fn on_seeded_thread<T: Send>(
    seed: u64,
    work: impl FnOnce() -> T + Send,
) -> std::thread::Result<T> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            SEEDED.replace(Some(Chance::new(seed, 2).into_rng()));
            work()
        });
        thread.join()
    })
}

/// Stands in for libc's function of this name: the same meaning, and the same arguments.
///
/// # Safety
/// `buffer` has room for `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getrandom(buffer: *mut c_void, length: usize, flags: c_uint) -> isize {
    let seeded = SEEDED.try_with(|seeded| {
        let mut seeded = seeded.try_borrow_mut().ok()?;
        let rng = seeded.as_mut()?;
        if length > 0 {
            // SAFETY: the caller promises that so many bytes may be written there; zeros first, since what
            // was there need not be initialised.
            let bytes = unsafe {
                std::ptr::write_bytes(buffer.cast::<u8>(), 0, length);
                std::slice::from_raw_parts_mut(buffer.cast::<u8>(), length)
            };
            rng.fill_bytes(bytes);
        }
        isize::try_from(length).ok()
    });
    match seeded {
        Ok(Some(filled)) => filled,
        // SAFETY: the system call has the arguments that the caller gave for it.
        _ => unsafe { libc::syscall(libc::SYS_getrandom, buffer, length, flags) as isize },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::hash_map::RandomState;
    use std::hash::BuildHasher;

    use super::*;

    fn drawn() -> [u8; 8] {
        let mut bytes = [0; 8];
        // SAFETY: there is room for eight bytes.
        let filled = unsafe { getrandom(bytes.as_mut_ptr().cast(), 8, 0) };
        assert_eq!(filled, 8);
        bytes
    }

    #[test]
    fn a_seeded_thread_draws_the_same_and_others_do_not() {
        let seeded = |seed| on_seeded_thread(seed, drawn).unwrap();
        assert_eq!(seeded(1), seeded(1));
        assert_ne!(seeded(1), seeded(2));
        assert_ne!(drawn(), drawn());
    }

    #[test]
    fn what_the_standard_library_draws_comes_from_the_seed_too() {
        let seeded = || on_seeded_thread(1, || RandomState::new().hash_one(7)).unwrap();
        assert_eq!(seeded(), seeded());
    }
}
