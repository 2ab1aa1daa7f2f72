using System.Data.Common;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Dispatch.Grains;
using Dispatch.Server.Api;
using Dispatch.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Dispatch.Server.Tests.Hosting;

/// <summary>Whatever a grain throws can be read in another process, and says there what it means.</summary>
public sealed class GrainFailuresTests
{
    private static readonly Serializer Serializer = MakeSerializer();

    private static Serializer MakeSerializer()
    {
        var services = new ServiceCollection().AddSerializer();
        services.AddDispatchGrainClients();
        return services.BuildServiceProvider().GetRequiredService<Serializer>();
    }

    private static Exception WithData(Exception failure)
    {
        failure.Data["socket"] = new MemoryStream();
        return failure;
    }

    private static IEnumerable<Exception> Thrown()
    {
        Exception[] kinds =
        [
            new NpgsqlException("connection refused", new IOException("broken", new TimeoutException())),
            new PostgresException("too many clients", "FATAL", "FATAL", "53300"),
            new SqliteException("disk full", 13),
            new JsonException("bad", "$.x", 1, 2),
            new InvalidOperationException("bug"),
            new TimeoutException("late"),
            new OrleansException("lost"),
            new OperationCanceledException("stopped"),
            new StoreUnavailableException("away", new NpgsqlException("refused")),
            new RefusedException(400, new() { Code = Contracts.RefusalCode.Busy, Message = "m", Remedy = "r" }),
        ];
        foreach (var kind in kinds)
        {
            yield return kind;
            yield return new AggregateException(new InvalidOperationException("outer", kind));
            yield return new StoreUnavailableException("away", kind);
            yield return WithData(new TimeoutException("late", kind));
        }
    }

    /// <summary>Every kind of exception of our own, so that a new one is found here: made without its constructor, as what it holds does not matter.</summary>
    private static IEnumerable<Exception> Own() =>
        from assembly in (Assembly[])[typeof(StoreUnavailableException).Assembly, typeof(GrainFailures).Assembly, typeof(Engine.Forms.FormCatalog).Assembly, typeof(RefusedException).Assembly, typeof(Contracts.Refusal).Assembly]
        from type in assembly.GetTypes()
        where type.IsAssignableTo(typeof(Exception)) && !type.IsAbstract
        select (Exception)RuntimeHelpers.GetUninitializedObject(type);

    [Fact]
    public void WhateverLeavesAGrain_IsReadElsewhereAsTheSameKind()
    {
        foreach (var failure in Thrown().Concat(Own()))
        {
            var leaves = GrainFailures.ForOthers(failure, "IWorkerGrain.Submit");
            var arrives = Serializer.Deserialize<Exception>(Serializer.SerializeToArray(leaves)).ShouldNotBeNull();
            arrives.GetType().ShouldBe(leaves.GetType(), failure.ToString());
            arrives.Message.ShouldBe(leaves.Message);
            leaves.InnerException.ShouldBeNull();
        }
    }

    [Fact]
    public void WhatADatabaseDid_IsUnknown_AndWhatNobodyForesaw_IsNot()
    {
        foreach (var failure in Thrown())
        {
            var leaves = GrainFailures.ForOthers(failure, "IWorkerGrain.Submit");
            var isOfTheStore = Chain(failure).Any(each => each is DbException or StoreUnavailableException);
            if (isOfTheStore) leaves.ShouldBeOfType<StoreUnavailableException>();
            else if (failure is not (TimeoutException or OrleansException or OperationCanceledException)) leaves.ShouldBeOfType<GrainFailedException>();
            Server.Hubs.HubCalls.IsUnknown(leaves).ShouldBe(isOfTheStore || failure is TimeoutException or OrleansException, failure.ToString());
        }
    }

    [Fact]
    public void WhatTheStoreRefusedForGood_IsNotUnknown()
    {
        var refused = new StoreRefusedException(isValue: true, new PostgresException("invalid byte sequence", "ERROR", "ERROR", "22021"));
        var leaves = GrainFailures.ForOthers(refused, "IWorkerGrain.Dispute").ShouldBeOfType<GrainFailedException>();
        (Server.Hubs.HubCalls.IsUnknown(refused), Server.Hubs.HubCalls.IsUnknown(leaves)).ShouldBe((false, false));
    }

    /// <summary>What a failed activation throws meets no filter: the serializer itself must be able to write anything.</summary>
    [Fact]
    public void WhatPassesNoFilter_CanBeWrittenAllTheSame()
    {
        foreach (var failure in (Exception[])[new NpgsqlException("refused", new IOException("broken")), new PostgresException("x", "FATAL", "FATAL", "53300"), new SqliteException("full", 13), new InvalidOperationException("a", new NpgsqlException("b"))])
        {
            Serializer.Deserialize<Exception>(Serializer.SerializeToArray(failure)).ShouldNotBeNull().Message.ShouldBe(failure.Message);
        }
    }

    private static IEnumerable<Exception> Chain(Exception failure) => failure switch
    {
        AggregateException many => many.InnerExceptions.SelectMany(Chain).Prepend(failure),
        { InnerException: { } inner } => Chain(inner).Prepend(failure),
        _ => [failure],
    };
}
