import TestSupport
import Testing

@testable import ChunkStorage

struct UploadBalanceTests {
    @Test func `who waits is added up thread by thread`() {
        var balance = UploadBalance(senders: 2, at: .seconds(100))
        balance.advance(to: .seconds(101))
        #expect(balance.idleTime == .seconds(2) && balance.waitingTime == .zero)
        #expect(balance.emptyTime == .seconds(1))
        balance.add(10)
        balance.advance(to: .seconds(103))
        #expect(balance.emptyTime == .seconds(1))
        #expect(balance.idleTime == .seconds(4))
        balance.add(20)
        balance.add(30)
        balance.beginWaiting(holdsPack: true)
        balance.beginWaiting(holdsPack: false)
        #expect(balance.packs == 3 && balance.bytes == 60)
        #expect(balance.waiting == 2 && balance.heldPacks == 1)
        balance.advance(to: .seconds(104))
        #expect(balance.idleTime == .seconds(4) && balance.waitingTime == .seconds(2))
        balance.remove(20)
        balance.endWaiting(heldPack: true)
        balance.advance(to: .seconds(105))
        #expect(balance.waitingTime == .seconds(3))
        balance.endWaiting(heldPack: false)
        #expect(balance.packs == 2 && balance.bytes == 40 && balance.stored == 1)
        #expect(balance.waiting == 0 && balance.heldPacks == 0)
    }

    @Test func `a clock that was read too early takes nothing back`() {
        var balance = UploadBalance(senders: 1, at: .seconds(10))
        balance.advance(to: .seconds(12))
        balance.advance(to: .seconds(11))
        balance.advance(to: .seconds(13))
        #expect(balance.idleTime == .seconds(3) && balance.time == .seconds(13))
    }
}
