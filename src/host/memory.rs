//! Tunes the allocator to a program that builds and drops large buffers over and over.

/// A window's histograms together are smaller than this.
const LARGEST: usize = 2 << 20;

/// Has the allocator keep freed memory of a window for the next one, instead of giving it back in between.
///
/// glibc gives the end of the heap back to the system when more than 128 KiB are free there, so that a rehearsal spends
/// as much time on fresh pages as on all else. Freeing one larger block raises that limit to twice the block's size
/// (`mallopt(3)`, `M_MMAP_THRESHOLD`). With other allocators this does nothing, and no memory is touched in any case.
pub fn keep_freed() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGEST)));
}
