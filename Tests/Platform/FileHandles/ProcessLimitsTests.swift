import FileHandles
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What the tool sets for its whole process before it does anything else.
struct ProcessLimitsTests {
    private func descriptorLimit() -> rlimit {
        var limit = rlimit()
        #if canImport(Glibc)
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #else
        getrlimit(RLIMIT_NOFILE, &limit)
        #endif
        return limit
    }

    @Test func theDescriptorLimitIsRaisedAsFarAsNeededAndAllowed() {
        ProcessLimits.raiseDescriptorLimit()
        let limit = descriptorLimit()
        #expect(limit.rlim_cur >= min(limit.rlim_max, 65_536))
        #expect(limit.rlim_cur <= limit.rlim_max)
    }

    @Test func raisingTheDescriptorLimitAgainNeverLowersIt() {
        ProcessLimits.raiseDescriptorLimit()
        let first = descriptorLimit()
        ProcessLimits.raiseDescriptorLimit()
        #expect(descriptorLimit().rlim_cur >= first.rlim_cur)
        #expect(descriptorLimit().rlim_max == first.rlim_max)
    }
}
