/*
 * The collection protocol of Specs/concurrency.md as a model for the checker spin.
 *
 * Specs/models/check compiles it with the sizes and switches that an instance has, and knows what
 * must come out. Each safeguard of the protocol can be left out, with -DWITHOUT_G1 and so on; spin
 * must then find how a snapshot is lost.
 *
 * A set is an integer with a bit for each member. Names are numbers that belong to one process, so
 * none is ever used twice. A request is one step; what a process computes between two requests is
 * done in the step before or after. Any process may stop for ever before any step: that is a crash,
 * and a request that takes effect late is a process that waits before it.
 */

#ifndef SNAPSHOTTERS
#define SNAPSHOTTERS 1
#endif
#ifndef PRUNERS
#define PRUNERS 1
#endif
#ifndef TRIES                   /* sessions of a snapshotter, one after the other */
#define TRIES 1
#endif
#ifndef ROUNDS                  /* tables that a pruner may write */
#define ROUNDS 1
#endif

/* Chunks: A is in two packs, B in one, N in none yet. */
#define A 1
#define B 2
#define N 4

/* What snapshotters need, and which packs pruners choose: one of these sets, or anything at all. */
#ifndef NEEDS0
#define NEEDS0 0
#endif
#ifndef NEEDS1
#define NEEDS1 0
#endif
#ifndef VICTIMS0
#define VICTIMS0 0
#endif
#ifndef VICTIMS1
#define VICTIMS1 0
#endif
/* Which sessions may be declared dead. */
#ifndef MORTAL
#define MORTAL 255
#endif
/* Pruner 1 only does what pruner 0 has left; or each does its own only; or all may do both. */
#if defined(SUCCESSOR)
#define BEGINS(j) ((j) == 0)
#define TAKES_OVER(j) ((j) == 1)
#elif defined(EACH_ITS_OWN)
#define BEGINS(j) true
#define TAKES_OVER(j) false
#else
#define BEGINS(j) true
#define TAKES_OVER(j) true
#endif

/* Sessions of snapshotters come first, then one for each pruner. */
#define OWN (SNAPSHOTTERS * TRIES)
#define SESSIONS (OWN + PRUNERS)
#define sessionOf(j) (OWN + (j))
/* Two packs are there at the start; each session uploads one, each round of a pruner copies one. */
#define PACKS (2 + OWN + PRUNERS * ROUNDS)
#define packOf(s) (2 + (s))
#define copyOf(j, round) (2 + OWN + (j) * ROUNDS + (round))
/* One table is there at the start; each session writes one, each round of a pruner one. */
#define TABLES (1 + OWN + PRUNERS * ROUNDS)
#define tableOf(s) (1 + (s))
#define newTableOf(j, round) (1 + OWN + (j) * ROUNDS + (round))
/* One manifest is there at the start; each session of a snapshotter writes one. */
#define MANIFESTS (1 + OWN)
#define manifestOf(s) (1 + (s))

#define bit(n) (1 << (n))
#define has(set, n) (((set) >> (n)) & 1)
#define without(set, others) ((set) & ~(others))
#define ALL_TABLES (bit(TABLES) - 1)
#define SNAPSHOT_SESSIONS (bit(OWN) - 1)
#define ALL_SESSIONS (bit(SESSIONS) - 1)

/* The store. */
byte sessions;                  /* session objects; to close is to remove one */
byte dead;                      /* dead objects */
short packs = 3;
short tables = 1;
#ifdef ALL_FORGOTTEN
byte snapshots;                 /* manifests */
#else
byte snapshots = 1;
#endif
byte forgotten;                 /* copies of manifests */
short condemned[PRUNERS + 1];   /* what a condemn object names; 0 where there is none */
byte sealed[PRUNERS + 1];       /* sessions of a first seal */
byte swept[PRUNERS + 1];        /* sessions of a second seal */
byte sealedMarks, sweptMarks;   /* which condemn objects have a first, a second seal */

/* What objects contain. It is set when an object is written and never changes. */
byte content[PACKS];            /* chunks of a pack */
short listed[TABLES];           /* packs of a table */
byte needs[MANIFESTS];          /* chunks of a manifest */

/* Not in the store. */
byte committed = 1;             /* manifests whose success was reported */
byte unanswered;                /* manifests whose PUT is still on its way, given up by its owner */
byte opened;                    /* sessions whose object was written */
byte old;                       /* sessions older than half a lease, in the variant with leases */

/* For computing within a step. */
hidden byte i;
hidden byte chunks;
hidden byte wanted;
hidden short names;
hidden short suspects;

/* The chunks of a set of packs, the packs of a set of tables, the chunks of a set of manifests. */
#define unite(set, array, count, result)                            \
    result = 0;                                                     \
    i = 0;                                                          \
    do                                                              \
    :: i < count -> result = result | (has(set, i) * array[i]); i++ \
    :: else -> break                                                \
    od

/* The tables that sessions of a set have written. */
inline tablesOf(set, result) {
    result = (set & SNAPSHOT_SESSIONS) << 1;
    i = 0;
    do
    :: i < PRUNERS * ROUNDS ->
        result = result | (has(set, sessionOf(i / ROUNDS)) << (1 + OWN + i));
        i++
    :: else -> break
    od
}

#define manifestsOf(set) (((set) & SNAPSHOT_SESSIONS) << 1)

/* I1: what was committed, and what a session that is not dead has written, can be restored. */
inline restorable() {
    unite(tables, listed, TABLES, names);
    names = names & packs;
    unite(names, content, PACKS, chunks);
    names = snapshots & (committed | ~manifestsOf(dead));
    unite(names, needs, MANIFESTS, wanted);
    assert(without(wanted, chunks) == 0)
}

inline put(set, n) { set = set | bit(n) }
inline delete(set, n) { set = set & ~bit(n) }

/* Deletes the objects of a set one by one. */
inline deleteAll(set, objects) {
    do
    :: set != 0 ->
        d_step {
            i = 0;
            do
            :: !has(set, i) -> i++
            :: else -> break
            od;
            delete(set, i);
            delete(objects, i);
            printf("process %d: DELETE, leaves %d\n", _pid, objects);
            restorable()
        }
    :: set == 0 -> break
    od;
    skip
}

inline open(s) {
    put(sessions, s);
    put(opened, s);
    printf("process %d: PUT session.%d\n", _pid, s)
}

inline close(s) {
    delete(sessions, s);
    printf("process %d: DELETE session.%d\n", _pid, s)
}

/* Kinds of keys under indexes/. */
#define MARKS 1
#define DEATHS 2
#define LISTINGS 4
#define EVERYTHING 7

/* The packs that condemn objects name. */
inline readMarks(result) {
    result = 0;
    i = 0;
    do
    :: i < PRUNERS -> result = result | condemned[i]; i++
    :: else -> break
    od
}

/* A LIST of indexes/. It reads the kinds in any order, and others write in between. */
inline listRest() {
    do
    :: d_step {
        rest & MARKS -> rest = rest - MARKS;
        readMarks(viewMarks);
        printf("process %d: LIST, condemned packs %d\n", _pid, viewMarks)
    }
    :: d_step {
        rest & DEATHS -> rest = rest - DEATHS;
        viewDead = dead;
        printf("process %d: LIST, dead sessions %d\n", _pid, viewDead)
    }
    :: d_step {
        rest & LISTINGS -> rest = rest - LISTINGS;
        viewTables = tables;
        printf("process %d: LIST, tables %d\n", _pid, viewTables)
    }
    :: rest == 0 -> break
    od;
    skip
}

#ifdef WHOLE_LISTS
/* A LIST of indexes/ in one step, for instances that are too large otherwise. */
inline list() {
    d_step {
        readMarks(viewMarks);
        viewDead = dead;
        viewTables = tables;
        printf("process %d: LIST, condemned packs %d, dead sessions %d, tables %d\n", _pid,
            viewMarks, viewDead, viewTables);
        rest = 0
    }
}
#else
inline list() { rest = EVERYTHING; listRest() }
#endif

proctype Snapshotter(byte me) {
    byte try, session, need, rest;
    byte viewDead;
    short viewMarks, viewTables, usable;
    byte upload;                    /* chunks that are new */
    short merging;                  /* tables that go into the new one */
    bool lists;                     /* there is a new table to write */

    atomic {
        printf("process %d is snapshotter %d\n", _pid, me);
        need = (me == 0 -> NEEDS0 : NEEDS1);
        if
        :: need != 0
        :: else ->
            if
            :: need = A
            :: need = B
            :: need = A | B
            :: need = A | N
            :: need = B | N
            :: need = A | B | N
            fi
        fi;
        session = me * TRIES
    }

begin:
    skip;
#ifndef WITHOUT_G1
    d_step { open(session) };
#endif
    /* The view. */
    list();
#ifdef WITHOUT_G1
    d_step { open(session) };
#endif
    d_step {
        tablesOf(viewDead, suspects);
#ifndef WITHOUT_G12
        viewTables = without(viewTables, suspects);
#endif
        unite(viewTables, listed, TABLES, usable);
#ifndef WITHOUT_G2
        usable = without(usable, viewMarks);
#endif
        unite(usable, content, PACKS, chunks);
        upload = without(need, chunks);
        usable = 0;
        viewDead = 0
    }

#if TRIES > 1
    /* A pack that the last session has left is taken over when it is seen and not condemned. */
    if
    :: try > 0 && upload != 0 ->
        d_step {
            if
            :: has(packs, packOf(session - 1)) && !has(viewMarks, packOf(session - 1)) ->
                usable = bit(packOf(session - 1));
                upload = without(upload, content[packOf(session - 1)])
            :: else
            fi
        }
    :: else
    fi;
#endif
    viewMarks = 0;

#ifdef WITHOUT_G14
    d_step {
        needs[manifestOf(session)] = need;
        put(snapshots, manifestOf(session));
        printf("process %d: PUT manifest %d of chunks %d\n", _pid, manifestOf(session), need);
        restorable()
    }
#endif
    if
    :: upload != 0 ->
        d_step {
            i = packOf(session);
#ifdef WITHOUT_G7
            if
            :: upload == content[0] -> i = 0
            :: else
            fi;
#endif
            content[i] = upload;
            put(packs, i);
            printf("process %d: PUT pack %d of chunks %d\n", _pid, i, upload);
            usable = usable | bit(i);
            upload = 0
        }
    :: else
    fi;

    /* The new table, and perhaps all that the tables of the view say. */
    if
    :: lists = (usable != 0)
#ifdef MERGING
    :: viewTables != 0 -> merging = viewTables; lists = true
#endif
    fi;
    viewTables = 0;
    if
    :: lists ->
        d_step {
            unite(merging, listed, TABLES, names);
            listed[tableOf(session)] = names | usable;
            put(tables, tableOf(session));
            printf("process %d: PUT table %d of packs %d\n", _pid, tableOf(session),
                listed[tableOf(session)]);
            usable = 0;
            lists = false
        };
        deleteAll(merging, tables)
    :: else
    fi;

#ifdef WITHOUT_G15
    if
    :: d_step { close(session) }
    :: true
    fi;
#endif
#if TRIES > 1
    if
    :: try + 1 < TRIES -> goto again            /* the session gets old: the next one */
    :: try + 1 < TRIES ->
        d_step {                                /* no answer comes: the next one */
            needs[manifestOf(session)] = need;
            put(unanswered, manifestOf(session))
        };
        goto again
    :: true
    fi;
#endif
#ifndef WITHOUT_G14
    d_step {
        needs[manifestOf(session)] = need;
        put(snapshots, manifestOf(session));
        printf("process %d: PUT manifest %d of chunks %d\n", _pid, manifestOf(session), need);
#ifdef LEASES
        if
        :: !has(old, session) -> put(committed, manifestOf(session))
        :: else
        fi;
#endif
        restorable()
    }
#endif

    /* The commit test. */
    if
    :: has(committed, manifestOf(session))
    :: else ->
        if
        :: d_step {
#ifndef WITHOUT_G13
            has(sessions, session) && !has(dead, session) ->
#endif
            put(committed, manifestOf(session));
            printf("process %d: committed\n", _pid);
            restorable()
        }
#ifndef WITHOUT_G13
        :: !has(sessions, session) || has(dead, session) -> goto again
#endif
        fi
    fi;
    d_step { close(session) };
    goto end;

again:
    skip;
    if
    :: try + 1 < TRIES -> try++; session++; goto begin
    :: else
    fi;
end:
    skip;
}

#if TRIES > 1
/* A PUT without an answer takes effect when it likes. */
proctype Network() {
    do
    :: d_step {
        unanswered != 0 ->
        snapshots = snapshots | unanswered;
        unanswered = 0;
        restorable()
    }
    od
}
#endif

#ifdef LEASES
proctype Clock() {
    byte session;
    do
    :: session < SESSIONS -> session++
    :: session < SESSIONS ->
        d_step { has(sessions, session) && !has(old, session) -> put(old, session) }
    :: session == SESSIONS -> session = 0
    od
}
#endif

proctype Forgetter() {
#ifdef GRACE
    put(forgotten, 0);
#endif
    d_step {
        delete(snapshots, 0);
        printf("process %d: DELETE manifest 0\n", _pid);
        restorable()
    }
}

/*
 * Declares sessions dead at any moment, in the variant with leases once they are old. Whoever does
 * that has seen the session in a LIST, and it may have been closed since.
 */
#ifdef LEASES
#define mayBeDead(s) has(MORTAL & old & ~dead, s)
#else
#define mayBeDead(s) has(MORTAL & opened & ~dead, s)
#endif
#define declareDead(s) d_step { mayBeDead(s) -> put(dead, s); printf("somebody: PUT dead.%d\n", s) }

proctype Declarer() {
    do
    :: declareDead(0)
    :: declareDead(1)
    :: declareDead(2)
    :: declareDead(3)
    :: declareDead(4)
    :: declareDead(5)
    od
}

#define ended(set) (((set) & sessions & ~dead) == 0)

#ifdef WITHOUT_G17
#define sealable(s) SNAPSHOT_SESSIONS
#else
#define sealable(s) (ALL_SESSIONS - bit(s))
#endif

inline listManifests() {
    d_step { roots = snapshots; printf("process %d: LIST, manifests %d\n", _pid, roots) }
}

inline release(m) {
    condemned[m] = 0;
    delete(sealedMarks, m);
    delete(sweptMarks, m);
    printf("process %d: DELETE condemned.%d\n", _pid, m)
}

inline condemn() {
    condemned[me] = victims;
    printf("process %d: PUT condemned.%d of packs %d\n", _pid, me, victims)
}

proctype Pruner(byte me) {
    byte session, mark, other, round, rest;
    bool takesOver, isSound;
    byte waiting;                   /* sessions of the seal */
    byte roots, viewDead, copies;
    short victims, viewMarks, viewTables, viewPacks, entries;

    d_step {
        printf("process %d is pruner %d\n", _pid, me);
        session = sessionOf(me);
        mark = me;
        other = (me + 1) % PRUNERS
    };
    d_step { open(session) };
#ifdef WITHOUT_G4
    listManifests();
#endif

    if
    :: BEGINS(me) ->           /* packs of its own choice */
        atomic {
            victims = (me == 0 -> VICTIMS0 : VICTIMS1);
            if
            :: victims != 0
            :: else ->
                i = 0;
                do
                :: i < PACKS -> i++
                :: i < PACKS && has(packs, i) -> put(victims, i); i++
                :: i == PACKS -> break
                od
            fi;
            condemn()
        };
        goto seal
#if PRUNERS > 1
    :: d_step {                     /* what another one has condemned and left */
            TAKES_OVER(me) && condemned[other] != 0 && ended(bit(sessionOf(other))) ->
            victims = condemned[other];
            takesOver = true;
            rest = has(sealedMarks, other);
            waiting = sealed[other] * rest
        };
#ifdef WITHOUT_G20
        mark = other;
#else
        d_step { condemn() };
#endif
        if
        :: rest == 0 -> goto seal
        :: else -> rest = 0; goto wait
        fi
    :: d_step {                     /* a mark that another one has left */
            TAKES_OVER(me) && has(sweptMarks, other) && ended(bit(sessionOf(other))) ->
            victims = condemned[other];
            mark = other;
            waiting = swept[other]
        };
        goto sweep
#endif
    fi;

seal:
    skip;
    d_step { waiting = sessions & ~dead & sealable(session); rest = 0 };
    d_step {
        sealed[mark] = waiting | bit(session);
        put(sealedMarks, mark);
        printf("process %d: PUT sealed.%d of sessions %d\n", _pid, mark, waiting)
    };
wait:
    skip;
#ifndef WITHOUT_G3
    ended(waiting);
#endif
    waiting = 0;

look:
    skip;
    if
    :: round == ROUNDS -> goto end
    :: else
    fi;
#ifndef WITHOUT_G4
    listManifests();
#endif
#ifdef GRACE
    if
    :: d_step { roots = roots | forgotten }
    :: true
    fi;
#endif
    list();
    d_step { viewPacks = packs; printf("process %d: LIST, packs %d\n", _pid, packs) };
    /* The second LIST: the same tables, and this session not dead. */
    isSound = true;
    rest = DEATHS | LISTINGS;
    do
    :: d_step {
        rest & DEATHS -> rest = rest - DEATHS;
#ifndef WITHOUT_G21
        isSound = isSound && !has(dead, session)
#endif
        }
    :: d_step {
        rest & LISTINGS -> rest = rest - LISTINGS;
#ifndef WITHOUT_G9
        isSound = isSound && tables == viewTables
#endif
        }
    :: rest == 0 -> break
    od;
    skip;
    if
    :: !isSound -> d_step { viewMarks = 0; viewDead = 0; viewTables = 0; viewPacks = 0 }; goto look
    :: else -> isSound = false
    fi;

    /* What is needed, what is available, what must be copied. */
    d_step {
        tablesOf(viewDead, suspects);
        unite(viewTables & suspects, listed, TABLES, names);
#ifndef WITHOUT_G18
        names = names & viewPacks;
#endif
        entries = names;
        unite(without(viewTables, suspects), listed, TABLES, names);
        entries = entries | names;
#ifdef WITHOUT_G8
        names = without(entries, victims);
#else
        names = without(entries, viewMarks);
#endif
        unite(names, content, PACKS, chunks);
#ifdef WITHOUT_G16
        roots = without(roots, manifestsOf(viewDead));
#endif
        unite(roots, needs, MANIFESTS, wanted);
        copies = without(wanted, chunks);
#ifdef WITHOUT_G5
        copies = 0;
#endif
        entries = without(entries, victims);
        viewPacks = viewPacks & viewMarks;
        unite(viewPacks, content, PACKS, chunks);
        /* Chunks that are nowhere: only manifests of dead sessions, or none any more, need them. */
        unite(roots & ~manifestsOf(viewDead), needs, MANIFESTS, wanted);
        rest = copies & ~chunks & wanted;
        copies = copies & chunks;
        viewMarks = 0
    };
    if
    :: rest != 0 ->
        d_step {
            unite(roots & snapshots & ~manifestsOf(viewDead), needs, MANIFESTS, wanted);
            isSound = (rest & wanted) == 0;
            rest = 0; copies = 0; entries = 0; viewDead = 0; viewTables = 0; viewPacks = 0
        };
        if
        :: isSound -> isSound = false; goto look
        :: else -> printf("process %d: damage\n", _pid)
        fi;
#ifndef WITHOUT_A_SAFEGUARD
        assert(false);                          /* all is there, so this must not happen */
#endif
        goto end
    :: else
    fi;
    d_step { viewDead = 0; roots = 0 };

#ifdef WITHOUT_G6
    if
    :: copies != 0 -> d_step { condemned[mark] = 0 }; goto end
    :: else
    fi;
#endif
    if
    :: copies != 0 ->
        d_step {
            unite(viewPacks & packs, content, PACKS, chunks);
            isSound = (copies & ~chunks) == 0
        };
        if
        :: isSound -> isSound = false
        :: else -> d_step { copies = 0; entries = 0; viewTables = 0; viewPacks = 0 }; goto look
        fi;
        d_step {
            content[copyOf(me, round)] = copies;
            put(packs, copyOf(me, round));
            printf("process %d: PUT pack %d of chunks %d\n", _pid, copyOf(me, round), copies);
            put(entries, copyOf(me, round));
            copies = 0
        }
    :: else
    fi;
    viewPacks = 0;

#ifdef WITHOUT_G10
    deleteAll(viewTables, tables);
#endif
    d_step {
        listed[newTableOf(me, round)] = entries;
        put(tables, newTableOf(me, round));
        printf("process %d: PUT table %d of packs %d\n", _pid, newTableOf(me, round), entries);
        entries = 0;
        round++
    };
#ifndef WITHOUT_G10
    deleteAll(viewTables, tables);
#endif
    viewPacks = victims;
    deleteAll(viewPacks, packs);

    /* The second seal. */
    d_step { unite(tables, listed, TABLES, names); isSound = (names & victims) == 0 };
    if
    :: isSound -> isSound = false
    :: else -> goto look
    fi;
seal2:
    skip;
#ifndef WITHOUT_G11
    waiting = sessions & ~dead & sealable(session);
#endif
    if
    :: !has(sweptMarks, mark) ->
        d_step {
            swept[mark] = waiting;
            put(sweptMarks, mark);
            printf("process %d: PUT swept.%d of sessions %d\n", _pid, mark, waiting)
        }
    :: else
    fi;
sweep:
    skip;
#ifdef WITHOUT_G22
    ended(waiting);
#else
    /* A session that has not closed may have written tables that others rely on since. */
    if
    :: ended(waiting) && (waiting & dead) == 0
    :: (waiting & dead) != 0 && mark == me -> goto seal2
    :: (waiting & dead) != 0 && mark != me -> goto end
    fi;
#endif
    waiting = 0;
#ifndef WITHOUT_G19
    /* Tables of dead sessions count: others may have seen them before they were declared dead. */
#ifdef WITHOUT_G23
    rest = DEATHS | LISTINGS;
#else
    rest = LISTINGS;
#endif
    listRest();
    d_step {
        tablesOf(viewDead, suspects);
        viewTables = without(viewTables, suspects);
        unite(viewTables, listed, TABLES, names);
        isSound = (names & victims) == 0;
        viewDead = 0;
        viewTables = 0
    };
    if
    :: isSound -> isSound = false
#ifdef WITHOUT_G20
    :: else -> goto look
#else
    :: else -> goto end
#endif
    fi;
#endif
    if
    :: takesOver && mark == me -> d_step { release(other) }
    :: else
    fi;
    d_step { release(mark) };

end:
    skip;
    d_step { close(session) }
}

init {
    d_step {
        content[0] = A;
        content[1] = A | B;
        listed[0] = 3;
        needs[0] = A | B
    };
    atomic {
#if SNAPSHOTTERS > 0
        run Snapshotter(0);
#endif
#if SNAPSHOTTERS > 1
        run Snapshotter(1);
#endif
#if PRUNERS > 0
        run Pruner(0);
#endif
#if PRUNERS > 1
        run Pruner(1);
#endif
        run Declarer();
#if TRIES > 1
        run Network();
#endif
#ifdef LEASES
        run Clock();
#endif
        skip;
#if !defined(NOTHING_FORGOTTEN) && !defined(ALL_FORGOTTEN)
        run Forgetter()
#endif
    }
}
