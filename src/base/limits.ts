/** Every number that bounds something, with its unit in its name. Sources of the values: Segment's documented limits, or a measurement named beside it. */
export const limits = {
  // Receive (Segment's documented values).
  eventBytesMax: 32 * 1024,
  /** What a source may raise the limit of one event to, and lower it. */
  eventBytesMaxSettable: 500 * 1024,
  eventBytesMinSettable: 1024,
  batchBytesMax: 500 * 1024,
  batchEventsMax: 2_500,
  /** A gzip body may grow to this when unpacked; what is larger is refused unread. */
  inflatedBytesMax: 500 * 1024,
  /** All events of one batch as JSON text, after the batch's own context and integrations were copied into each. */
  batchTextBytesMax: 8 * 1024 ** 2,
  messageIdCharsMax: 100,
  propertiesPerEventMax: 10_000,
  /** Body of a Response with which a source function answers. */
  webhookAnswerBytesMax: 512 * 1024,
  webhookBytesMax: 512 * 1024,
  /** A body over its limit is read to its end and thrown away up to here, so that its sender can read the answer; then it is cut off. */
  overlongBodyBytesMax: 4 * 1024 ** 2,
  jsonDepthMax: 500,
  /** User agents whose verdict (bot or not) is remembered. */
  knownUserAgentsMax: 2_000,
  /** How long browsers may keep a settings document, and the library that reads it. */
  browserSettingsSeconds: 60,
  browserLibrarySeconds: 3_600,
  preflightSeconds: 86_400,
  /** Distinct (source, code) pairs that receive counts refusals for; what comes on top is counted without its source. */
  refusalCountersMax: 10_000,
  dedupWindowMs: 24 * 3_600_000,
  retryAfterSeconds: 5,
  requestBodyMs: 30_000,
  slowRequestCheckMs: 5_000,
  /** Longer than the usual idle time of load balancers, so that it is they who close. */
  keepAliveMs: 75_000,

  // Queue.
  logBytesMax: 4 * 1024 ** 3,
  /** Committed entries kept in memory for the worker; beyond it they are read back from the file. */
  handoverBytesMax: 64 * 1024 ** 2,
  groupCommitEventsMax: 2_000,
  /** What waits for the disk in memory; beyond it the log counts as full. */
  uncommittedBytesMax: 64 * 1024 ** 2,
  /** Longer than any unit of work can take; claims of a process that died are void at once (embedded), or after this (elsewhere). */
  leaseMs: 600_000,
  recordsPerConnectionMax: 100_000,
  filteredRecordsPerConnectionMax: 10_000,
  /** Plain successes kept per connection, in settled batches. */
  deliveredBatchesPerConnectionMax: 1_000,
  /** Redis: partitions of a new store; what one source appends goes to one of them. */
  redisPartitions: 16,
  /** A call that Redis has not answered after this ends with `queue_unavailable`. */
  redisCallMs: 3_000,
  /** A connection that says nothing for this long while an answer is due is replaced. */
  redisSilenceMs: 10_000,
  /** One script call carries a group of at most this; larger ones would hold up everybody else in Redis. */
  redisGroupBytesMax: 1024 ** 2,
  redisGroupEventsMax: 1_000,
  /** Calls of one kind under way per partition; what comes meanwhile is the next group. */
  redisGroupsInFlightMax: 2,
  /** Appends and settlements that wait for their group; what comes on top is refused. */
  redisWaitingBytesMax: 64 * 1024 ** 2,
  redisClaimEntriesMax: 100,
  redisClaimBytesMax: 2 * 1024 ** 2,
  redisDepthPollMs: 250,
  /** How often a process says that it lives, and after how long a silence the others take over what it had claimed. */
  redisBeatMs: 5_000,
  redisDeadMs: 20_000,

  // Work.
  workEventsMax: 100,
  workUnitsInFlightMax: 32,
  /** A unit waits this long for its connections; a slower delivery is parked under a lease and goes on by itself. */
  deliveryPatienceMs: 250,
  /** Units one destination works on at a time; what comes on top is parked. */
  destinationUnitsInFlightMax: 8,
  destinationRequestsInFlightMax: 16,
  dueJobsPerClaimMax: 32,
  duePollMs: 100,
  drainMs: 8_000,

  // Retries (contract 3.1).
  retryWindowMs: 4 * 3_600_000,
  retryBaseMs: 10_000,
  retryCapMs: 20 * 60_000,
  retryAfterMsMax: 3_600_000,
  sourceFunctionAttemptsMax: 6,
  /** An event that brings its function's process or isolate down this often is buried. */
  poisonAttemptsMax: 3,
  circuitFailuresToOpen: 5,
  circuitOpenMs: 5_000,
  circuitOpenMsMax: 60_000,

  // Outgoing requests.
  requestMs: 10_000,
  connectMs: 5_000,
  responseBytesMax: 5 * 1024 ** 2,
  redirectsMax: 5,
  /** Keep-alive connections to one scheme, host and port; further requests wait for a free one within their own deadline. */
  connectionsPerOriginMax: 128,
  /** Of an answer that is kept for people to read. */
  responseBytesShown: 4 * 1024,
  webhookBatchEventsMax: 4_000,
  webhookRequestMsMax: 30_000,

  // Functions (design.md 5).
  functionWallMs: 5_000,
  functionCpuMs: 1_000,
  functionMemoryMb: 128,
  /** Wall time of the code's top level. Longer than `functionCpuMs`, since only this clock can tell in which line it stopped. */
  functionLoadMs: 2_000,
  functionFetchesMax: 50,
  functionFetchesInFlightMax: 20,
  functionFetchBodyBytesMax: 5 * 1024 ** 2,
  functionOutputBytesMax: 512 * 1024,
  /** All events and objects that one webhook call puts out. */
  functionSourceOutputBytesMax: 4 * 1024 ** 2,
  functionLogBytesShown: 4 * 1024,
  functionLogBytesKept: 64 * 1024,
  /** Of the requests that a failed invocation made, as they are kept with its event. */
  functionRequestBytesShown: 16 * 1024,
  /** Of all that is kept about the events of one parked job; what comes on top keeps its error alone. */
  parkedDetailBytesMax: 256 * 1024,
  functionCodeBytesMax: 1024 ** 2,
  /** Events of one `onBatch` call unless the function says otherwise, and what it may say (Segment's documented values). */
  functionBatchCount: 20,
  functionBatchCountMax: 400,
  /** How long an instance may wait for its batch to fill; shorter than a lease. */
  functionBatchWaitMsMax: 60_000,
  functionSettingsMax: 100,
  functionErrorCharsMax: 4_096,
  functionTimersMax: 100,
  /** Signed, verified or encrypted with an RSA or elliptic-curve key in one call, which the child does; and those keys themselves. */
  functionKeyBytesMax: 1024 ** 2,
  functionKeyCharsMax: 16 * 1024,
  functionRsaBitsMax: 8_192,
  frameEventsMax: 100,
  frameBytesMax: 16 * 1024 ** 2,
  /** How much longer than the wall limit the parent waits before it kills. */
  killGraceMs: 300,
  /** Resident size at which a child is killed; the heap limit of an isolate is lower. */
  childResidentMbMax: 768,
  childWatchMs: 25,
  childStartMs: 10_000,
  /** A child that dies at its start is followed by the next after this, doubled each time up to the second. */
  childRestartMs: 100,
  childRestartMsMax: 5_000,
  /** A workspace's children are stopped after this long without a call. */
  childIdleMs: 10 * 60_000,
  childrenPerWorkspaceMax: 2,
  warmIsolatesMax: 200,
  /** More than there are cores only for functions that wait for answers from outside. */
  isolatesPerInstanceMax: 16,
  isolateRunsMax: 1_000_000,
  /** A frame aims at this long, so that neighbours and clocks get their turn. */
  frameMs: 100,
  /** A call that no isolate has taken after this is given back. */
  functionQueueMs: 30_000,
  quarantineKills: 3,
  /** Events that must end well to make up for a kill. */
  quarantineHealthyPerKill: 5,
  quarantineWindowMs: 10 * 60_000,
  quarantineMs: 10 * 60_000,
  queuedCallsMax: 10_000,

  // Control plane.
  apiBodyBytesMax: 4 * 1024 ** 2,
  pageSize: 200,
  pageSizeMax: 1_000,
  nameCharsMax: 120,
  addressCharsMax: 2_000,
  replayMessageIdsMax: 10_000,
  catcherEventsMax: 1_000,
  catcherEventsShown: 100,
  previewResponsesMax: 100,
  /** The newest events of each source, kept in memory for previews; all of them together. */
  recentEventsPerTypeMax: 20,
  recentEventsCharsMax: 16 * 1024 ** 2,
  recentEventsShown: 100,
  /** Function versions kept ready for `invoke`; beyond it they are read again. */
  invokableFunctionsMax: 1_000,

  // Command line.
  sendEventsPerRequest: 500,
  sendAttemptsMax: 10,
  sendWaitMsMax: 30_000,
  apiRequestMs: 60_000,
  /** Longer than `drainMs`, shorter than the ten seconds that are promised. */
  stopMs: 9_500,
} as const

export type Limits = { readonly [Name in keyof typeof limits]: number }
