import FileTree

/// The process's arguments as bytes: file names need not be UTF-8, but the parser knows texts only.
enum RawArguments {
    /// The bytes of an argument.
    /// - Parameter text: the argument as the parser has it, with what is not UTF-8 replaced.
    static func bytes(of text: String) -> [UInt8] {
        guard text.contains("\u{FFFD}") else { return Array(text.utf8) }
        for index in 0..<Int(CommandLine.argc) {
            guard let argument = CommandLine.unsafeArgv[index] else { continue }
            let bytes = UnsafeRawBufferPointer(start: argument, count: length(argument))
            if String(decoding: bytes, as: UTF8.self) == text { return Array(bytes) }
        }
        return Array(text.utf8)
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
