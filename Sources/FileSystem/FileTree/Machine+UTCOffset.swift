#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension Machine {
    /// Reads the variable `TZ`, or the system's file of its zone; localtime_r need not do that.
    private static let zoneIsRead: Void = tzset()

    /// What the machine's clock shows more than UTC at a moment, in seconds.
    ///
    /// From any thread. A change of the zone while the process runs is not noticed for certain.
    /// - Parameter secondsSince1970: the moment; where the system has no calendar for it, the
    ///   answer is 0.
    package static func utcOffset(at secondsSince1970: Int64) -> Int {
        _ = zoneIsRead
        var moment = time_t(secondsSince1970)
        var fields = tm()
        guard localtime_r(&moment, &fields) != nil else { return 0 }
        return fields.tm_gmtoff
    }
}
