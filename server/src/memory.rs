//! How the allocator returns memory to the system.

/// Has glibc return freed memory early. Must be called before other threads start.
///
/// By default it raises both limits to the size of the blocks that were freed. After 1,000 requests of 200 KB that had waited at once,
/// 80 MiB stayed with the server, instead of 29 MiB with these limits and 16 MiB before (measured with glibc 2.36).
pub fn return_early() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        /// Blocks from this size on are mapped one by one, and unmapped when they are freed.
        const MAPPED_BYTES: i32 = 128 << 10;
        /// Free memory at the end of the heap that may stay.
        const KEPT_BYTES: i32 = 1 << 20;
        // SAFETY: mallopt only sets parameters of the allocator, and no other thread allocates yet.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_BYTES);
            libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT_BYTES);
        }
    }
}
