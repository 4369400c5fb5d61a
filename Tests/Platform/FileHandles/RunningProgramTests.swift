import FileHandles
import TestSupport
import Testing

struct RunningProgramTests {
    private func start(_ words: String...) throws -> RunningProgram {
        try RunningProgram(
            words.map { Array($0.utf8) }, variables: [Array("PATH=/usr/bin:/bin".utf8)],
            input: .none)
    }

    /// All that a program writes.
    private func output(_ program: RunningProgram) throws -> [UInt8] {
        let space = UnsafeMutableRawBufferPointer.allocate(byteCount: 10_000, alignment: 1)
        defer { space.deallocate() }
        return Array(space[..<(try ByteStream(program.output) { true }.read(into: space))])
    }

    @Test func wordsAndVariablesAreBytes() throws {
        let program = try RunningProgram(
            [
                Array("sh".utf8), Array("-c".utf8), Array("printf %s \"$1$A\"".utf8), [1],
                [0xFF, 2],
            ],
            variables: [Array("PATH=/usr/bin:/bin".utf8), Array("A=".utf8) + [0xFE]], input: .none)
        #expect(try output(program) == [0xFF, 2, 0xFE])
        #expect(program.wait { true } == .exited(0))
    }

    @Test func aProgramThatRunsHasNoEnd() throws {
        let program = try start("sleep", "1000")
        var questions = 0
        let end = program.wait {
            questions += 1
            return questions < 4
        }
        #expect(end == nil)
        #expect(questions == 4)
        #expect(program.stop() == .killed(signal: 9))
    }

    @Test func aProgramMayEndInOrder() throws {
        let program = try start(
            "sh", "-c", "trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.01; done")
        var byte: UInt8 = 0
        let count = try withUnsafeMutableBytes(of: &byte) {
            try ByteStream(program.output) { true }.read(into: $0)
        }
        #expect(count == 1)
        #expect(program.stop(within: .seconds(30)) == .exited(5))
        #expect(try output(program) == Array("eady\nbye\n".utf8))
    }

    @Test func aProgramThatDoesNotWantToEndIsKilled() throws {
        let program = try start(
            "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.01; done")
        var byte: UInt8 = 0
        _ = try withUnsafeMutableBytes(of: &byte) {
            try ByteStream(program.output) { true }.read(into: $0)
        }
        #expect(program.stop(within: .milliseconds(20)) == .killed(signal: 9))
    }
}
