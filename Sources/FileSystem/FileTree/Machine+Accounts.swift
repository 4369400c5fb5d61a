#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

// Users and groups of this machine, by number and by name.

extension Machine {
    /// Room for an account's strings; groups of thousands of members have longer entries, and then
    /// go without a name.
    private static let accountBytes = 64 * 1024

    /// The login name that goes with a user's number; `nil` when there is none.
    package static func userName(_ number: UInt32) -> String? {
        findUser { getpwuid_r(number, $0, $1.baseAddress!, $1.count, $2) }?.name
    }

    /// The number of the user with a login name; `nil` when there is none.
    package static func userNumber(_ name: String) -> UInt32? {
        findUser { getpwnam_r(name, $0, $1.baseAddress!, $1.count, $2) }?.number
    }

    /// The name that goes with a group's number; `nil` when there is none.
    package static func groupName(_ number: UInt32) -> String? {
        findGroup { getgrgid_r(number, $0, $1.baseAddress!, $1.count, $2) }?.name
    }

    /// The number of the group with a name; `nil` when there is none.
    package static func groupNumber(_ name: String) -> UInt32? {
        findGroup { getgrnam_r(name, $0, $1.baseAddress!, $1.count, $2) }?.number
    }

    /// - Parameter find: asks the system; the room for strings is not empty, so it has an address.
    private static func findUser(
        _ find: (
            UnsafeMutablePointer<passwd>, UnsafeMutableBufferPointer<CChar>,
            UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
        ) -> CInt
    ) -> (name: String, number: UInt32)? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: accountBytes) { space in
            guard find(&entry, space, &found) == 0, found != nil else { return nil }
            return (String(cString: entry.pw_name), entry.pw_uid)
        }
    }

    /// - Parameter find: asks the system; the room for strings is not empty, so it has an address.
    private static func findGroup(
        _ find: (
            UnsafeMutablePointer<group>, UnsafeMutableBufferPointer<CChar>,
            UnsafeMutablePointer<UnsafeMutablePointer<group>?>
        ) -> CInt
    ) -> (name: String, number: UInt32)? {
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: accountBytes) { space in
            guard find(&entry, space, &found) == 0, found != nil else { return nil }
            return (String(cString: entry.gr_name), entry.gr_gid)
        }
    }
}
