import type { LabelSelector, Labels, Workload } from "./model.ts";

/**
 * Whether a selector picks what carries these labels; an empty one picks all. All that it says must hold; NotIn and DoesNotExist
 * hold for what lacks the label. Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  return (
    Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value) &&
    selector.matchExpressions.every((expression) => meets(expression, labels))
  );
}

/** A label that the controller gives to each pod of a StatefulSet, so that no template has it. */
const POD_NAME = "statefulset.kubernetes.io/pod-name";

/** Whether a Service with this selector leads to pods of the workload: to all of them, or to one that it names. */
export function leadsTo(
  selector: Labels,
  { kind, name, template }: Pick<Workload, "kind" | "name" | "template">,
): boolean {
  return Object.entries(selector).every(([key, value]) =>
    key === POD_NAME && kind === "StatefulSet"
      ? value.startsWith(`${name}-`) && /^\d+$/.test(value.slice(name.length + 1))
      : template.labels[key] === value,
  );
}

function meets({ key, operator, values }: LabelSelector["matchExpressions"][number], labels: Labels): boolean {
  const value = labels[key];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
  }
}
