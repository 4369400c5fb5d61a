import HTTPTransport
import ObjectStore

/// Goes through the pages of a listing.
struct Lister {
    /// So many pages in a row that show nothing new are a listing without end. Stores with many
    /// versions of deleted objects do give some such pages.
    static let idlePages = 1_000

    let exchange: any S3Exchange
    let session: S3Session

    /// All objects whose whole keys begin with `prefix`; one LIST for each page.
    func list(prefix: String, subject: String) throws(S3Failure) -> [ListingPage.Item] {
        var found: [ListingPage.Item] = []
        var seen: Set<String> = []
        var position = Position.start
        var visited: Set<Position> = []
        var idle = 0
        while true {
            guard let page = try page(prefix, position, subject) else { continue }
            let before = found.count
            for item in page.items where seen.insert(item.key).inserted { found.append(item) }
            guard page.isTruncated else { return found }
            idle = found.count > before ? 0 : idle + 1
            // A position that comes again is a listing that goes round in circles.
            guard let next = next(page), idle < Self.idlePages else { throw Self.stuck(found) }
            position = next
            if visited.insert(next).inserted { continue }
            // Where version 2 gets stuck, version 1 may not.
            guard !session.facts.usesOldListing else { throw Self.stuck(found) }
            session.learn { $0.usesOldListing = true }
            position = .start
        }
    }

    private static func stuck(_ found: [ListingPage.Item]) -> S3Failure {
        .badAnswer("the listing does not go on after \(found.count) objects", retry: .never)
    }

    /// - Returns: `nil` when the server does not know version 2 of listings; then version 1 is to
    ///   be asked for.
    private func page(
        _ prefix: String, _ position: Position, _ subject: String
    ) throws(S3Failure) -> ListingPage? {
        do {
            return try exchange.perform(call(prefix, position, subject)) {
                response throws(S3Failure) in
                try ListingPage(response)
            }
        } catch
            where position == .start && !session.facts.usesOldListing
            && (error.code == .unsupported || Self.refusals.contains(error.word))
        {
            session.learn { $0.usesOldListing = true }
            return nil
        }
    }

    /// What servers say to a parameter that they do not know.
    private static let refusals: Set = ["InvalidArgument", "InvalidRequest", "InvalidURI"]

    private enum Position: Hashable {
        case start
        case token(String)
        case marker(String)
    }

    private func next(_ page: ListingPage) -> Position? {
        if let token = page.token, !session.facts.usesOldListing { return .token(token) }
        // A server that cuts the list and gives no token knows version 1 only.
        session.learn { $0.usesOldListing = true }
        return page.marker.map { .marker($0) }
    }

    private func call(_ prefix: String, _ position: Position, _ subject: String) -> S3Call {
        var call = S3Call(.list, .get, subject: subject)
        call.query = [("encoding-type", "url"), ("prefix", prefix)]
        switch position {
        case .start:
            if !session.facts.usesOldListing { call.query.append(("list-type", "2")) }
        case .token(let token):
            call.query += [("list-type", "2"), ("continuation-token", token)]
        case .marker(let marker): call.query.append(("marker", marker))
        }
        return call
    }
}
