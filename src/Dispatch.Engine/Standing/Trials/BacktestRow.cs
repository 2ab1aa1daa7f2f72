using Dispatch.Engine.Quality;

namespace Dispatch.Engine.Standing;

/// <summary>A recorded evaluation, in the order in which they were stored.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="Sequence">The worker's evaluation sequence: grows per worker.</param>
/// <param name="Kind">Where it comes from. A mask is passed over: a worker lived under the figures as they were then.</param>
/// <param name="Score">In [0,1].</param>
/// <param name="Weight">In (0,10].</param>
/// <param name="At">When.</param>
/// <param name="Seconds">Handling time of the answer; null when it has none.</param>
public readonly record struct BacktestRow(Guid WorkerId, long Sequence, EvidenceKind Kind, double Score, double Weight, DateTimeOffset At, double? Seconds = null);

/// <summary>An accuracy with its error.</summary>
/// <param name="Count">Evaluations.</param>
/// <param name="Accuracy">Weighted mean of the scores; null without any.</param>
/// <param name="StandardError">Its standard error, with workers as the unit: answers of one worker are not independent. Null with fewer than two workers.</param>
public readonly record struct AccuracyEstimate(long Count, double? Accuracy, double? StandardError);

/// <summary>How one gate did.</summary>
/// <param name="Admitted">Workers it let in at least once.</param>
/// <param name="Inside">What they showed while in, from the evaluation after the one that let them in: the accuracy of golden answers.</param>
/// <param name="AfterAdmission">What they showed from their first entry on, in or out.</param>
/// <param name="Entries">Entries.</param>
/// <param name="Exits">Exits.</param>
/// <param name="Flaps">Exits with a new entry within <see cref="Backtest.FlapAnswers"/> answers.</param>
public sealed record GateRecord(int Admitted, AccuracyEstimate Inside, AccuracyEstimate AfterAdmission, int Entries, int Exits, int Flaps);

/// <summary>What a backtest found.</summary>
/// <param name="Evaluations">Rows replayed.</param>
/// <param name="Workers">Workers in them.</param>
/// <param name="Pool">Everybody, always.</param>
/// <param name="Gate">The gate tried.</param>
/// <param name="Raw">A plain gate beside it: in while right ÷ judged is at least θ, once there is as much evidence as the gate asks for. Null when the gate has no accuracy clause to take θ from.</param>
public sealed record BacktestResult(long Evaluations, int Workers, AccuracyEstimate Pool, GateRecord Gate, GateRecord? Raw);
