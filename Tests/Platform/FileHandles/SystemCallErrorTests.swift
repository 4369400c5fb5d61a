import FileHandles
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

struct SystemCallErrorTests {
    @Test func tellsCallPathAndTheSystemsWords() {
        let error = SystemCallError(number: ENOSPC, call: "write", path: Array("/a/b".utf8))
        #expect(error.reason == "No space left on device")
        #expect("\(error)" == "write /a/b: No space left on device")
        let pathless = SystemCallError(number: EINTR, call: "poll", path: [])
        #expect("\(pathless)" == "poll: Interrupted system call")
    }

    @Test func errorsWithEqualNumbersAreEqual() {
        let error = SystemCallError(number: ENOENT, call: "open", path: [1])
        #expect(error == SystemCallError(number: ENOENT, call: "stat", path: []))
        #expect(error != SystemCallError(number: EACCES, call: "open", path: [1]))
    }

    @Test func aPathIsJoinedWithOneSlash() {
        let name = Array("c".utf8)
        #expect(Array("a/b".utf8).appending(component: name) == Array("a/b/c".utf8))
        #expect(Array("a/b/".utf8).appending(component: name) == Array("a/b/c".utf8))
        #expect(Array("/".utf8).appending(component: name) == Array("/c".utf8))
        #expect([].appending(component: name) == name)
    }
}
