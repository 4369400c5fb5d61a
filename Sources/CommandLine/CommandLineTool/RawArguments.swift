import FileTree

/// The process's arguments as bytes: file names need not be UTF-8, but the parser knows texts only.
enum RawArguments {
    /// The bytes of an argument.
    /// - Parameter text: the argument as the parser has it, with what is not UTF-8 replaced.
    static func bytes(of text: String) -> [UInt8] {
        guard text.contains("\u{FFFD}") else { return Array(text.utf8) }
        return all().first { String(decoding: $0, as: UTF8.self) == text } ?? Array(text.utf8)
    }

    /// The arguments behind the first `--`; `nil` where there is none.
    static func behindTerminator() -> [[UInt8]]? {
        let arguments = all()
        return arguments.firstIndex(of: Array("--".utf8)).map { Array(arguments[($0 + 1)...]) }
    }

    private static func all() -> [[UInt8]] {
        (0..<Int(CommandLine.argc)).compactMap { index in
            CommandLine.unsafeArgv[index].map { argument in
                Array(UnsafeRawBufferPointer(start: argument, count: length(argument)))
            }
        }
    }

    /// The path that an argument names, absolute.
    static func absolutePath(_ text: String) -> [UInt8] {
        AbsolutePath.make(bytes(of: text), in: Machine.currentDirectory())
    }

    private static func length(_ text: UnsafePointer<CChar>) -> Int {
        var count = 0
        while text[count] != 0 { count += 1 }
        return count
    }
}
