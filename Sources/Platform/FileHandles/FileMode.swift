#if canImport(Glibc)
/// What the C library calls `mode_t`: permission bits, and for `mknod` the kind. It is named here,
/// so that the interface of this module does not depend on that of the C library.
package typealias FileMode = UInt32
#else
/// What the C library calls `mode_t`: permission bits, and for `mknod` the kind. It is named here,
/// so that the interface of this module does not depend on that of the C library.
package typealias FileMode = UInt16
#endif
