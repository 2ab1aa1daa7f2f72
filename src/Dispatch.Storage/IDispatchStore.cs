namespace Dispatch.Storage;

/// <summary>Everything a store must do. PostgreSQL and SQLite implement it; one conformance suite judges both.</summary>
public interface IDispatchStore :
    IStoreLifecycle, IProjectStore, IBatchStore, IImportStore, IWorkerStore, IBacklogStore, ICommitStore, IReadStore,
    IPastAnswerStore, ISupervisionStore, IAskAgainStore, ILedgerStore, IEvidenceStore, IAttentionStore, IVerdictStore, IReviewStore, IExamStore, IStandingStore, IUpkeepStore, IAsyncDisposable;
