import type { Property, Value } from '../thing-model';

/** What every card gets. */
export interface CardProps {
  property: Property;
  value: Value;
  onChange: (value: Value) => void;
}
