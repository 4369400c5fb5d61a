import Synchronization
import WorkerThreads

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Runs `body` on a thread to which permission bits apply: as root, with the file system rights of
/// nobody; else as the user who runs the tests.
package func withoutPrivileges(_ body: @escaping @Sendable () throws -> Void) throws {
    try withThreads { threads in
        threads.spawn {
            if geteuid() == 0 { try dropFileSystemRights() }
            try body()
        }
    }
}

private struct CannotDropRights: Error {}

/// Changes the user that the file system sees: of this thread only, other threads stay root.
private func dropFileSystemRights() throws {
    #if canImport(Glibc)
    // <sys/fsuid.h> is not part of Swift's import of glibc.
    guard let symbol = dlsym(nil, "setfsuid") else { throw CannotDropRights() }
    let setUser = unsafeBitCast(symbol, to: (@convention(c) (UInt32) -> CInt).self)
    let nobody: UInt32 = 65_534
    _ = setUser(nobody)
    // The call never fails visibly; it returns the user as it was before.
    guard setUser(nobody) == CInt(nobody) else { throw CannotDropRights() }
    #else
    throw CannotDropRights()
    #endif
}
