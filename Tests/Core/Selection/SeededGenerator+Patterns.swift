import TestSupport

extension SeededGenerator {
    /// A name that patterns of few letters may match, with every sign that means something to them.
    mutating func shortName() -> [UInt8] {
        while true {
            let letters = Array("aaabbbcAB01-_.".utf8)
            let signs = Array("[]!^\\*? #:{}\t\u{B}~".utf8) + [0x01, 0x7F, 0xC3, 0xFF]
            let name = array(1...3) { $0.pick($0.oneIn(6) ? signs : letters) }
            if name != Array(".".utf8), name != Array("..".utf8), name != Array(".git".utf8) {
                return name
            }
        }
    }

    /// A pattern, often one that matches short names, at times one that is not well formed.
    mutating func pattern(names: [[UInt8]]) -> [UInt8] {
        var pattern: [UInt8] = []
        if oneIn(4) { pattern += Array("!".utf8) }
        if oneIn(5) { pattern += Array("/".utf8) }
        let count = number(in: 1...4)
        for piece in 0..<count {
            pattern += patternPiece(names)
            if piece < count - 1, oneIn(2) { pattern += Array("/".utf8) }
        }
        if oneIn(4) { pattern += Array("/".utf8) }
        if oneIn(10) { pattern += Array(pick([" ", "  ", "\\ ", "\\  ", "\\", "\t", "\r"]).utf8) }
        return pattern.map { $0 == 0x0A ? 0x61 : $0 }
    }

    private mutating func patternPiece(_ names: [[UInt8]]) -> [UInt8] {
        let wildcards = ["*", "**", "***", "?", "/**/", "**/", "/**", "*/", "\\a", "\\*", "\\/"]
        switch number(in: 0...9) {
        case 0...2: return pick(names)
        case 3: return pick(names).flatMap { Array("\\".utf8) + [$0] }
        case 4: return bracket()
        case 5: return [pick(Array("abc[]!^-#\\ *?:".utf8))]
        case 6: return Array("*".utf8) + pick(names)
        default: return Array(pick(wildcards).utf8)
        }
    }

    /// A bracket, not always a closed one.
    private mutating func bracket() -> [UInt8] {
        let classes = [
            "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
            "space", "upper", "xdigit", "none", "",
        ]
        var text = "["
        if oneIn(4) { text += pick(["!", "^"]) }
        for _ in 0..<number(in: 1...3) {
            switch number(in: 0...7) {
            case 0: text += "[:\(pick(classes)):]"
            case 1: text += pick(["a-c", "c-a", "+-0", "A-_", "--a", "a-", "]-a", "a-\\c"])
            case 2: text += pick(["]", "[", "[:", ":]", "\\]", "\\", "/", "-", "!", "^"])
            default: text += pick(["a", "b", "c", "A", "0", ".", "-", "_"])
            }
        }
        return Array((oneIn(20) ? text : text + "]").utf8)
    }
}
