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
    /// - Parameter after: a whole key behind which to begin; servers may pay no heed to it.
    func list(
        prefix: String, after: String? = nil, subject: String
    ) throws(S3Failure) -> [ListingPage.Item] {
        let scope = Scope(prefix: prefix, after: after, subject: subject)
        var found: [ListingPage.Item] = []
        var seen: Set<String> = []
        var position = Position.start
        var visited: Set<Position> = []
        var idle = 0
        while true {
            guard let page = try page(scope, position) else { continue }
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
        _ scope: Scope, _ position: Position
    ) throws(S3Failure) -> ListingPage? {
        do {
            return try exchange.perform(call(scope, position)) {
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

    /// What is listed.
    private struct Scope {
        let prefix: String
        let after: String?
        let subject: String
    }

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

    private func call(_ scope: Scope, _ position: Position) -> S3Call {
        var call = S3Call(.list, .get, subject: scope.subject)
        call.query = [("encoding-type", "url"), ("prefix", scope.prefix)]
        switch position {
        case .start:
            let isOld = session.facts.usesOldListing
            if !isOld { call.query.append(("list-type", "2")) }
            if let after = scope.after {
                call.query.append((isOld ? "marker" : "start-after", after))
            }
        case .token(let token):
            call.query += [("list-type", "2"), ("continuation-token", token)]
        case .marker(let marker): call.query.append(("marker", marker))
        }
        return call
    }
}
