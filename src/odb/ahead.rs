//! Memory that is needed soon.
//!
//! Packs and what is known of their entries are larger than the processor's caches, and are read in no order that it could
//! foresee. Who knows what it reads next asks for it, and does something else until it is there.

/// Asks for the memory that something is in. It changes nothing but how long the next look at it takes.
#[cfg(target_arch = "x86_64")]
pub(super) fn ask<T>(it: &T) {
    safe_arch::prefetch_t0(it);
}

/// Other processors are not asked: there is no safe way.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn ask<T>(_: &T) {}
