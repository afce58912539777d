//! Memory that password hashes are computed in, kept from one hash to the next.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use argon2::{Block, Error, Params};

/// Buffers for hashes of one cost. As many exist as hashes ran at one time since they were last released.
///
/// A hash of the default cost needs 19 MiB. Allocated anew for each hash, on whichever thread computes it, they would stay
/// with the allocator's arena of each thread, and a flood of logins would leave the process with a gigabyte.
pub(super) struct HashMemory {
    blocks: usize,
    idle: Mutex<Vec<Vec<Block>>>,
    #[cfg(test)]
    allocations: std::sync::atomic::AtomicUsize,
}

impl HashMemory {
    /// Creates an empty pool of buffers for hashes of these parameters. A buffer is allocated when it is first needed.
    pub(super) fn new(params: &Params) -> Self {
        Self {
            blocks: params.block_count(),
            idle: Mutex::default(),
            #[cfg(test)]
            allocations: std::sync::atomic::AtomicUsize::new(0),
        }
    }

    /// Runs the work with at least as many blocks as its parameters need. What they contain is arbitrary.
    ///
    /// A hash that needs more than those of the pool, such as an imported one, gets memory of its own, which is freed after
    /// it: else one hash of a high cost would make each buffer as large for good.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`], and those of the work.
    pub(super) fn with_blocks<T>(
        &self,
        params: &Params,
        work: impl FnOnce(&mut [Block]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if params.block_count() > self.blocks {
            return work(&mut self.allocate(params.block_count())?);
        }
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut blocks = match idle {
            Some(blocks) => blocks,
            None => self.allocate(self.blocks)?,
        };
        let done = work(&mut blocks);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(blocks);
        done
    }

    /// Frees the buffers that no hash uses.
    pub(super) fn release(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn allocate(&self, count: usize) -> Result<Vec<Block>, Error> {
        #[cfg(test)]
        self.allocations.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let mut blocks = Vec::new();
        blocks.try_reserve_exact(count).map_err(|_| Error::OutOfMemory)?;
        blocks.resize(count, Block::new());
        Ok(blocks)
    }

    /// Whether there are buffers that no hash uses.
    #[cfg(test)]
    pub(super) fn is_held(&self) -> bool {
        !self.idle.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Number of buffers that were allocated so far.
    #[cfg(test)]
    pub(super) fn allocations(&self) -> usize {
        self.allocations.load(std::sync::atomic::Ordering::SeqCst)
    }
}

/// Without the contents, which derive from passwords.
impl fmt::Debug for HashMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashMemory").field("blocks", &self.blocks).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(memory_kib: u32) -> Params {
        Params::new(memory_kib, 1, 1, None).unwrap()
    }

    #[test]
    fn a_buffer_is_used_again_for_hashes_of_its_cost_and_of_lower_ones() {
        let memory = HashMemory::new(&params(64));
        for kib in [64, 8, 64, 32] {
            let blocks = memory.with_blocks(&params(kib), |blocks| Ok(blocks.len())).unwrap();
            assert_eq!(blocks, 64);
        }
        assert_eq!(memory.allocations(), 1);
    }

    #[test]
    fn a_hash_of_a_higher_cost_leaves_nothing_behind() {
        let memory = HashMemory::new(&params(8));
        assert_eq!(memory.with_blocks(&params(64), |blocks| Ok(blocks.len())), Ok(64));
        assert!(memory.idle.lock().unwrap().is_empty());
        assert_eq!(memory.with_blocks(&params(8), |blocks| Ok(blocks.len())), Ok(8));
        assert_eq!(memory.idle.lock().unwrap().iter().map(Vec::len).collect::<Vec<_>>(), [8]);
    }

    #[test]
    fn a_buffer_comes_back_from_a_hash_that_failed() {
        let memory = HashMemory::new(&params(8));
        for _ in 0..3 {
            let failed = memory.with_blocks(&params(8), |_| Err::<(), _>(Error::SaltTooShort));
            assert_eq!(failed, Err(Error::SaltTooShort));
        }
        assert_eq!(memory.allocations(), 1);
    }

    #[test]
    fn buffers_that_nobody_uses_are_freed_on_demand() {
        let memory = HashMemory::new(&params(8));
        let release = |_: &mut [Block]| {
            memory.release();
            Ok(())
        };
        memory.with_blocks(&params(8), release).unwrap();
        assert_eq!(memory.idle.lock().unwrap().len(), 1, "it was in use");
        memory.release();
        assert!(memory.idle.lock().unwrap().is_empty());
        memory.with_blocks(&params(8), |_| Ok(())).unwrap();
        assert_eq!(memory.allocations(), 2);
    }

    #[test]
    fn hashes_at_one_time_have_a_buffer_each() {
        let memory = HashMemory::new(&params(8));
        let inner = |outer: &mut [Block]| {
            memory.with_blocks(&params(8), |inner| Ok(inner.as_ptr() != outer.as_ptr()))
        };
        assert_eq!(memory.with_blocks(&params(8), inner), Ok(true));
        assert_eq!(memory.allocations(), 2);
    }

    #[test]
    fn what_was_hashed_is_not_printed() {
        let memory = HashMemory::new(&params(8));
        memory.with_blocks(&params(8), |_| Ok(())).unwrap();
        assert_eq!(format!("{memory:?}"), "HashMemory { blocks: 8, .. }");
    }
}
